internal import Glibc
internal import Runtime

/// The end of standard input: whoever held its other end is gone, in whatever way.
enum InputEnd {
    /// Returns once it has come, or when the task is cancelled. What is read meanwhile is dropped.
    static func wait(on loop: EventLoop) async {
        let (ends, feed) = AsyncStream.makeStream(of: Void.self)
        let box = WatchBox()
        loop.submit {
            box.watch = FileDescriptorWatch(0, on: loop) { [unowned box] _ in
                var bytes = [UInt8](repeating: 0, count: 256)
                if read(0, &bytes, bytes.count) > 0 { return }
                box.watch?.stop()
                feed.finish()
            }
            box.watch?.wait(for: .readable)
        }
        for await _ in ends {}
        loop.submit { box.watch?.stop() }
    }

    private final class WatchBox: @unchecked Sendable {
        // Safety of `@unchecked`: touched on the loop's thread only.
        var watch: FileDescriptorWatch?
    }
}
