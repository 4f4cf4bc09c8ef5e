internal import Glibc

/// The measurements of the process itself, under the names that Prometheus' client libraries share.
/// They are read from /proc at each rendering; what cannot be read is left out.
public enum ProcessMetrics {
    /// Adds them to `metrics`.
    public static func register(in metrics: Metrics) {
        let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        let page = Double(max(1, sysconf(Int32(_SC_PAGESIZE))))
        metrics.sampled(
            .counter, "process_cpu_seconds_total",
            "Total user and system CPU time spent in seconds."
        ) { ProcessStatus.read().map { ($0.userTicks + $0.systemTicks) / ticks } }
        metrics.sampled(
            .gauge, "process_resident_memory_bytes", "Resident memory size in bytes."
        ) { ProcessStatus.read().map { $0.residentPages * page } }
        metrics.sampled(
            .gauge, "process_virtual_memory_bytes", "Virtual memory size in bytes."
        ) { ProcessStatus.read().map(\.virtualBytes) }
        metrics.sampled(.gauge, "process_threads", "Number of threads.") {
            ProcessStatus.read().map(\.threads)
        }
        metrics.sampled(.gauge, "process_open_fds", "Number of open file descriptors.") {
            openDescriptors()
        }
        metrics.sampled(.gauge, "process_max_fds", "Maximum number of open file descriptors.") {
            var limit = rlimit()
            guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
                return nil
            }
            return Double(limit.rlim_cur)
        }
        metrics.sampled(
            .gauge, "souk_disk_free_bytes", "What is free where the process works."
        ) { disk().map { Double($0.f_bavail) * Double($0.f_frsize) } }
        metrics.sampled(
            .gauge, "souk_disk_size_bytes", "The size of the file system where the process works."
        ) { disk().map { Double($0.f_blocks) * Double($0.f_frsize) } }
        metrics.sampled(
            .gauge, "process_start_time_seconds",
            "Start time of the process since unix epoch in seconds."
        ) {
            guard let status = ProcessStatus.read(), let boot = bootTime() else { return nil }
            return boot + status.startTicks / ticks
        }
    }

    private static func disk() -> statvfs? {
        var status = statvfs()
        return statvfs(".", &status) == 0 ? status : nil
    }

    private static func openDescriptors() -> Double? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        // `.`, `..` and the folder's own descriptor do not count.
        var count = -3.0
        while readdir(folder) != nil { count += 1 }
        return count
    }

    private static func bootTime() -> Double? {
        for line in ProcFile.text("/proc/stat").split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.first == "btime", words.count == 2 { return Double(words[1]) }
        }
        return nil
    }
}

/// The fields of /proc/self/stat that are measured (proc_pid_stat(5)).
struct ProcessStatus {
    let userTicks: Double
    let systemTicks: Double
    let threads: Double
    let startTicks: Double
    let virtualBytes: Double
    let residentPages: Double

    /// Reads the text of a `stat` file. The second field is the program's name in parentheses and
    /// may hold anything, so counting starts behind the last one.
    init?(_ text: String) {
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        func number(_ field: Int) -> Double? {
            let index = field - 3
            return index < fields.count ? Double(fields[index]) : nil
        }
        guard let userTicks = number(14), let systemTicks = number(15), let threads = number(20),
            let startTicks = number(22), let virtualBytes = number(23),
            let residentPages = number(24)
        else { return nil }
        self.userTicks = userTicks
        self.systemTicks = systemTicks
        self.threads = threads
        self.startTicks = startTicks
        self.virtualBytes = virtualBytes
        self.residentPages = residentPages
    }

    static func read() -> ProcessStatus? { ProcessStatus(ProcFile.text("/proc/self/stat")) }
}

/// Reads the small files that the kernel makes up.
enum ProcFile {
    static func text(_ path: String) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        if file < 0 { return "" }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            if count <= 0 { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
