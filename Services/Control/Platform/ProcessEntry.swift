internal import Glibc

/// What the kernel says about a running process (proc(5)).
struct ProcessEntry: Sendable, Equatable {
    let pid: Int32
    /// The path of its executable, without the note that the file was replaced.
    let executable: String
    /// Resident memory in bytes.
    let residentBytes: Int
    /// Since it started.
    let age: Duration
    /// Whether SIGSTOP or a debugger holds it.
    let isHalted: Bool

    /// - Returns: nil when there is no such process, or it has ended and waits to be reaped.
    init?(_ pid: Int32) {
        guard let stat = PlatformFiles.read("/proc/\(pid)/stat", limit: 4_096),
            let end = stat.lastIndex(of: ")")
        else { return nil }
        // What follows the name in parentheses starts with the third field, the state.
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 21, fields[0] != "Z", let started = Int(fields[19]),
            let pages = Int(fields[21])
        else { return nil }
        self.pid = pid
        isHalted = fields[0] == "T" || fields[0] == "t"
        residentBytes = pages * Int(getpagesize())
        let ticks = max(1, sysconf(Int32(_SC_CLK_TCK)))
        var now = timespec()
        clock_gettime(CLOCK_BOOTTIME, &now)
        age = .seconds(now.tv_sec) - .milliseconds(started * 1_000 / ticks)
        let text = PlatformFiles.target(ofLink: "/proc/\(pid)/exe") ?? ""
        executable = text.hasSuffix(" (deleted)") ? String(text.dropLast(10)) : text
    }

    /// Whether the process was started with this variable. Only its owner and root learn it.
    func hasEnvironment(_ name: String, _ value: String) -> Bool {
        let text = PlatformFiles.read("/proc/\(pid)/environ") ?? ""
        return text.split(separator: "\0").contains { $0 == "\(name)=\(value)" }
    }
}
