internal import Glibc
internal import Runtime

/// What must be there before anything is started; each lack is one sentence.
struct Preflight: Sendable {
    /// Below this PostgreSQL and the logs would soon stop for want of room.
    static let leastMegabytes = 500
    static let commonPasswords = "/usr/share/john/password.lst"

    let settings: PlatformSettings
    let plan: ProgramPlan
    /// Whether a PostgreSQL of ours runs already, so that its port is taken by right.
    let hasPostgres: Bool

    /// - Throws: `Complaint` with a sentence for everything that is wrong.
    func check() throws(Complaint) {
        let sentences = executables() + postgres() + disk() + ports()
        if !sentences.isEmpty { throw Complaint(sentences, status: ExitStatus.unavailable) }
    }

    private func executables() -> [String] {
        let missing = Set(plan.programs.compactMap(\.executable)).filter {
            access("\(plan.directory)/\($0)", X_OK) != 0
        }
        if missing.isEmpty { return [] }
        return [
            "\(plan.directory) lacks \(missing.sorted().joined(separator: ", ")): build everything "
                + "with make build (or swift build)."
        ]
    }

    private func postgres() -> [String] {
        let root = "/usr/lib/postgresql"
        let versions = PlatformFiles.entries(of: root).filter {
            access("\(root)/\($0)/bin/initdb", X_OK) == 0
        }
        if versions.isEmpty {
            return [
                "PostgreSQL's programs are not installed: `apt-get install postgresql` brings them "
                    + "(make setup does it)."
            ]
        }
        if geteuid() == 0, access("/usr/bin/setpriv", X_OK) != 0 {
            return ["setpriv is not installed: `apt-get install util-linux` brings it."]
        }
        return []
    }

    private func disk() -> [String] {
        guard let free = PlatformFiles.freeMegabytes(at: settings.home),
            free < Self.leastMegabytes
        else { return [] }
        return [
            "Only \(free) MB are free where \(settings.home) is; Souk needs "
                + "\(Self.leastMegabytes) MB."
        ]
    }

    private func ports() -> [String] {
        let wanted = (hasPostgres ? [] : [PlatformProgram.postgres]) + plan.programs
        var sentences: [String] = []
        var owners: [Int: PlatformProgram] = [:]
        for program in wanted {
            let port = settings.port(program)
            if let other = owners.updateValue(program, forKey: port) {
                sentences.append("\(other.name) and \(program.name) have the same port, \(port).")
            } else if !PortProbe.isFree(port) {
                sentences.append(
                    "Port \(port) of \(program.name) is in use: stop what listens there, or set "
                        + "SOUK_\(program.name.uppercased())_PORT, or SOUK_PORT_BASE for all ports."
                )
            }
        }
        if !PortProbe.isFree(settings.mailPort) {
            sentences.append(
                "Port \(settings.mailPort) of the sandbox's mail server is in use: stop what listens "
                    + "there, or set SOUK_MAIL_PORT, or SOUK_PORT_BASE for all ports.")
        }
        return sentences
    }

    /// What is not needed but would be good, for people.
    static func hints() -> [String] {
        if PlatformFiles.exists(commonPasswords) { return [] }
        return [
            "The list of common passwords is not installed, so weak ones are not refused: "
                + "`apt-get install john-data` brings it."
        ]
    }
}
