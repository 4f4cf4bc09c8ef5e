internal import EventTypes
internal import Glibc
internal import Runtime

/// Hears what happens to the programs, shows it, and writes it down for the other commands: the pid
/// files and `platform.json`. Confined to its loop.
final class UpRecorder: @unchecked Sendable {
    // Safety of `@unchecked`: every method runs on the loop's thread, which each checks.

    private let loop: EventLoop
    private let settings: PlatformSettings
    private let printer: LogPrinter
    private let clock = SystemClock()
    private var record: PlatformRecord
    /// Whether the programs are being stopped, so that ends are no news.
    var isStopping = false

    init(_ settings: PlatformSettings, printer: LogPrinter, loop: EventLoop) {
        self.settings = settings
        self.printer = printer
        self.loop = loop
        record = PlatformRecord(
            pid: getpid(), startedAt: clock.now(), isUp: false,
            ports: Dictionary(
                uniqueKeysWithValues: settings.ports.map { ($0.key.name, $0.value) }),
            mailPort: settings.mailPort, programs: [])
        write()
    }

    func hear(_ notice: Supervisor.Notice) {
        loop.preconditionCurrent()
        switch notice {
        case .line(let program, let text): printer.line(program, text)
        case .started(let program, let pid): started(program, pid)
        case .ended(let program, let how, let pause): ended(program, how, pause)
        case .failed(let program, let reason): printer.notice(program, reason)
        }
    }

    /// Everything was ready once.
    func isUp() {
        loop.preconditionCurrent()
        record.isUp = true
        write()
    }

    /// Everything has ended.
    func close() {
        loop.preconditionCurrent()
        for program in record.programs { PlatformFiles.remove(settings.pidFile(program.name)) }
        PlatformFiles.remove(settings.recordFile)
    }

    private func started(_ name: String, _ pid: Int32) {
        try? PlatformFiles.write("\(pid)\n", to: settings.pidFile(name))
        let now = clock.now()
        if let index = record.programs.firstIndex(where: { $0.name == name }) {
            record.programs[index].pid = pid
            record.programs[index].startedAt = now
            record.programs[index].restarts += 1
            printer.notice(name, "started again (process \(pid))")
        } else {
            record.programs.append(
                PlatformRecord.Program(name: name, pid: pid, startedAt: now, restarts: 0))
        }
        write()
    }

    private func ended(_ name: String, _ how: String, _ pause: Duration?) {
        PlatformFiles.remove(settings.pidFile(name))
        if let index = record.programs.firstIndex(where: { $0.name == name }) {
            record.programs[index].pid = nil
            record.programs[index].startedAt = nil
        }
        write()
        guard let pause, !isStopping else { return }
        printer.notice(
            name, "ended (\(how)); it is started again in \(pause.inMilliseconds) ms")
    }

    private func write() {
        // What cannot be written down is missed by `status` only.
        try? record.write(settings)
    }
}
