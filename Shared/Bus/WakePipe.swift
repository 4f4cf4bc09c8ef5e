internal import CKafka
internal import Glibc
internal import Runtime

/// Wakes a loop when queues of librdkafka have news: each writes its token into a pipe that the
/// loop watches, once until it is polled again.
final class WakePipe: @unchecked Sendable {
    // Safety of `@unchecked`: `watch` is touched on the loop's thread only, the rest never changes.
    private let loop: EventLoop
    private let readEnd: Int32
    private let writeEnd: Int32
    private var watch: FileDescriptorWatch?

    init(on loop: EventLoop) throws(BusError) {
        var ends: [Int32] = [-1, -1]
        guard souk_kafka_pipe(&ends) == 0 else {
            throw BusError(
                .other, operation: "create client", message: String(cString: strerror(errno)),
                number: errno)
        }
        self.loop = loop
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    /// Calls `onWake` on the loop with the tokens of the queues that have news.
    func start(_ onWake: @escaping @Sendable ([Int32]) -> Void) {
        loop.submit { [self] in
            let watch = FileDescriptorWatch(readEnd, on: loop) { [weak self] _ in
                if let self { onWake(tokens()) }
            }
            watch.wait(for: .readable)
            self.watch = watch
        }
    }

    /// Lets `queue` wake the loop. Poll it afterwards at least once.
    func connect(_ queue: OpaquePointer, token: Int32 = 0) {
        withUnsafeBytes(of: token) {
            rd_kafka_queue_io_event_enable(queue, writeEnd, $0.baseAddress, $0.count)
        }
    }

    private func tokens() -> [Int32] {
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: 256) { buffer in
            let count = read(readEnd, buffer.baseAddress, buffer.count * MemoryLayout<Int32>.size)
            return count > 0 ? Array(buffer[..<(count / MemoryLayout<Int32>.size)]) : []
        }
    }

    /// Stops waking. Only after the queues and their client are gone: they write until then.
    func close() {
        loop.submit { [self] in
            watch?.stop()
            watch = nil
            _ = Glibc.close(readEnd)
            _ = Glibc.close(writeEnd)
        }
    }
}
