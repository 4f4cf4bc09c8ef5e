internal import Glibc
internal import Runtime

/// Shows the lines of all programs, each with the name of its program before it, and keeps them in
/// one file a program. Confined to its loop.
final class LogPrinter {
    /// A log file that is longer is put aside and begun anew; one old file is kept.
    static let fileLimit = 8 << 20

    private struct LogFile {
        var descriptor: Int32
        var size: Int
    }

    private static let colours: [PlatformProgram: Int] = [
        .postgres: 67, .broker: 103, .sandbox: 144, .user: 74, .catalog: 107, .cashback: 179,
        .wallet: 71, .analytics: 139, .gateway: 173, .order: 68, .notification: 168, .cms: 136,
    ]
    private static let width = PlatformProgram.allCases.map(\.name.count).max() ?? 0

    private let directory: String
    private let showsLines: Bool
    private let hasColours: Bool
    private var files: [String: LogFile] = [:]

    /// - Parameter showsLines: whether lines are shown, not only kept.
    init(directory: String, showsLines: Bool, hasColours: Bool) {
        self.directory = directory
        self.showsLines = showsLines
        self.hasColours = hasColours
    }

    deinit { for file in files.values { close(file.descriptor) } }

    /// One line of a program.
    func line(_ program: String, _ text: String) {
        if showsLines { Terminal.write("\(prefix(program)) \(text)\n") }
        keep(program, text + "\n")
    }

    /// Something that `souk up` itself says about a program; always shown.
    func notice(_ program: String, _ text: String) {
        let bold = hasColours ? "\u{1B}[1m\(text)\u{1B}[0m" : text
        Terminal.write("\(prefix(program)) \(bold)\n")
        keep(program, "souk: \(text)\n")
    }

    private func prefix(_ program: String) -> String {
        let padded = program + String(repeating: " ", count: max(0, Self.width - program.count))
        guard hasColours else { return "\(padded) |" }
        let colour = PlatformProgram(rawValue: program).flatMap { Self.colours[$0] } ?? 250
        return "\u{1B}[38;5;\(colour)m\(padded) |\u{1B}[0m"
    }

    private func keep(_ program: String, _ text: String) {
        guard var file = files[program] ?? openFile(program) else { return }
        Terminal.write(text, to: file.descriptor)
        file.size += text.utf8.count
        files[program] = file
        guard file.size > Self.fileLimit else { return }
        close(file.descriptor)
        files[program] = nil
        rename(path(program), path(program) + ".1")
    }

    private func path(_ program: String) -> String { "\(directory)/\(program).log" }

    private func openFile(_ program: String) -> LogFile? {
        let descriptor = open(path(program), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        return LogFile(descriptor: descriptor, size: Int(lseek(descriptor, 0, SEEK_END)))
    }
}
