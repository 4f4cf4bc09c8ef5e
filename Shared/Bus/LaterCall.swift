internal import Runtime

/// Calls back on a loop after a while, unless cancelled. Usable from any thread.
final class LaterCall: @unchecked Sendable {
    // Safety of `@unchecked`: `timer` and `isCancelled` are touched on the loop's thread only.
    private let loop: EventLoop
    private var timer: LoopTimer?
    private var isCancelled = false

    init(on loop: EventLoop, after delay: Duration, _ body: @escaping @Sendable () -> Void) {
        self.loop = loop
        loop.submit { [self] in
            if isCancelled { return }
            let timer = LoopTimer(on: loop) { body() }
            timer.start(after: delay)
            self.timer = timer
        }
    }

    func cancel() {
        loop.submit { [self] in
            isCancelled = true
            timer?.cancel()
            timer = nil
        }
    }
}
