internal import Runtime

/// Every invariant of every service, as it says itself.
struct ServiceProof: Sendable {
    /// Programs that examine their logs at once.
    static let together = 2

    let programs: ProgramPlan
    let services: [PlatformProgram]
    let loop: EventLoop

    func examine() async throws -> [VerifyFinding] {
        try await Together.map(services, limit: Self.together) { program in
            let run = try await CapturedRun.run(
                ["\(programs.directory)/\(program.name)", "verify"],
                environment: programs.environment(of: program),
                directory: programs.settings.run, on: loop)
            let found = Self.read(run.output, of: program.name)
            if run.isSuccess || found.contains(where: { !$0.holds }) { return found }
            return found + [VerifyFinding("\(program.name) verify", 0, [run.lastWords])]
        }.flatMap { $0 }
    }

    /// Reads what `verify` of a service says.
    static func read(_ output: String, of service: String) -> [VerifyFinding] {
        var findings: [VerifyFinding] = []
        var broken: (name: String, cases: [String])?
        func close() {
            guard let known = broken else { return }
            findings.append(
                VerifyFinding(known.name, 0, known.cases.isEmpty ? ["broken"] : known.cases))
            broken = nil
        }
        for line in output.split(separator: "\n") {
            if line.hasPrefix("        ") {
                broken?.cases.append(String(line.drop { $0 == " " }))
                continue
            }
            close()
            if line.hasPrefix("ok "), let open = line.lastIndex(of: "(") {
                let name = line[..<open].dropFirst(2).trimmingSpaces
                let count = line[line.index(after: open)...].prefix { $0.isNumber }
                findings.append(VerifyFinding("\(service): \(name)", Int(count) ?? 0))
            } else if line.hasPrefix("BROKEN ") {
                broken = ("\(service): \(line.dropFirst(6).trimmingSpaces)", [])
            }
        }
        close()
        return findings
    }
}

extension Substring {
    /// Without spaces at both ends.
    fileprivate var trimmingSpaces: String {
        var text = drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
