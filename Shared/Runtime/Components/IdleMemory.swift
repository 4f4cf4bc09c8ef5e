internal import CLibEvent
internal import Glibc

/// Gives memory back to the system that a burst of work has left behind: while the process has
/// little to do, the free pages of its heap are returned, and those of code that nobody runs any
/// more, so that what it holds when idle is what it uses.
public final class IdleMemory: Component {
    /// How often it is looked whether there is little to do.
    static let interval: Duration = .seconds(5)
    /// The part of one core that counts as little.
    static let idleShare = 0.05

    private let loop: EventLoop

    public init(loop: EventLoop) { self.loop = loop }

    /// Keeps large blocks, such as password hashing needs, out of the heap that is kept. To be
    /// called once, at the start.
    public static func configure() { souk_memory_set() }

    public func run(_ lifecycle: Lifecycle) async throws {
        lifecycle.ready()
        var before = Self.processorTime()
        var trimmed = before
        while await lifecycle.pause(Self.interval, on: loop) {
            let now = Self.processorTime()
            let isIdle = now - before < Self.interval.inSeconds * Self.idleShare
            // Without work since the last time there is nothing to give back.
            if isIdle, now - trimmed > Self.idleShare {
                // Looking through a large heap takes milliseconds.
                await NamedThread.run("memory") {
                    souk_memory_trim()
                    Self.forgetCode()
                }
                trimmed = Self.processorTime()
                before = trimmed
            } else {
                before = now
            }
        }
    }

    /// Unmaps the pages of code, which nobody can have written to: they stay in the system's cache,
    /// and those that are run come back from there.
    static func forgetCode() {
        guard let file = fopen("/proc/self/maps", "r") else { return }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 4_096)
        while fgets(&line, CInt(line.count), file) != nil {
            let parts = line.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
                .split(separator: " ", omittingEmptySubsequences: true)
            guard parts.count >= 6, parts[1] == "r-xp", parts[5].hasPrefix("/") else { continue }
            let range = parts[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            guard range.count == 2, range[0] < range[1] else { continue }
            madvise(
                UnsafeMutableRawPointer(bitPattern: range[0]), Int(range[1] - range[0]),
                MADV_DONTNEED)
        }
    }

    /// Seconds of all threads, in the program and in the kernel for it.
    private static func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
