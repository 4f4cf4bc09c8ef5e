import Glibc
import Testing

@testable import Runtime

@Suite(.timeLimit(.minutes(1))) struct OutboxTests {
    /// A stream and the other end of its socket.
    private struct Line: @unchecked Sendable {
        // Safety of `@unchecked`: used on the loop's thread.
        let stream: ByteStream
        let peer: Int32

        init(on loop: EventLoop) {
            var ends: [Int32] = [0, 0]
            socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
            for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
            stream = ByteStream(
                owning: ends[0], on: loop, buffer: ReadBuffer(),
                remoteAddress: SocketAddress(literal: "127.0.0.1", port: 1)!)
            peer = ends[1]
        }

        func put(_ text: String) {
            stream.withOutput { $0.append(contentsOf: text.utf8) }
            stream.flushSoon()
        }

        func put(_ text: String, in outbox: Outbox) {
            stream.withOutput { $0.append(contentsOf: text.utf8) }
            outbox.add(stream)
        }

        /// What has come by now.
        func arrived() -> String {
            var bytes = [UInt8](repeating: 0, count: 65_536)
            let count = recv(peer, &bytes, bytes.count, 0)
            return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        }

        func close() {
            stream.close()
            Glibc.close(peer)
        }
    }

    /// Time that passes when it is told to.
    private final class Instants {
        private var now = ContinuousClock.now
        func next() -> ContinuousClock.Instant { now }
        func pass(_ duration: Duration) { now += duration }
    }

    private func onLoop<R: Sendable>(
        _ loop: EventLoop, _ body: @escaping @Sendable () -> R
    ) async -> R {
        await withCheckedContinuation { continuation in
            loop.submit { continuation.resume(returning: body()) }
        }
    }

    @Test func whatIsGatheredLeavesTogetherAtTheEndOfTheTurn() async {
        let loop = EventLoop(name: "outbox")
        defer { loop.stop() }
        let (lines, during) = await onLoop(loop) {
            let outbox = Outbox(now: Instants().next)
            let lines = (0..<3).map { _ in Line(on: loop) }
            for line in lines { line.put("a", in: outbox) }
            return (lines, lines.map { $0.arrived() })
        }
        #expect(during == ["", "", ""])
        let after = await onLoop(loop) { lines.map { $0.arrived() } }
        #expect(after == ["a", "a", "a"])
        await onLoop(loop) { for line in lines { line.close() } }
    }

    @Test func aStreamIsSentOnceForAllThatItGathered() async {
        let loop = EventLoop(name: "outbox")
        defer { loop.stop() }
        let line = await onLoop(loop) {
            let line = Line(on: loop)
            for part in ["a", "b", "c"] { line.put(part) }
            return line
        }
        let after = await onLoop(loop) { line.arrived() }
        #expect(after == "abc")
        await onLoop(loop) { line.close() }
    }

    @Test func manyStreamsDoNotWaitForTheTurnToEnd() async {
        let loop = EventLoop(name: "outbox")
        defer { loop.stop() }
        let during = await onLoop(loop) {
            let outbox = Outbox(now: Instants().next)
            let lines = (0...Outbox.limit).map { _ in Line(on: loop) }
            for line in lines { line.put("x", in: outbox) }
            defer { for line in lines { line.close() } }
            return lines.map { $0.arrived() }.joined()
        }
        #expect(during == String(repeating: "x", count: Outbox.limit))
    }

    @Test func theFirstStreamDoesNotWaitForLong() async {
        let loop = EventLoop(name: "outbox")
        defer { loop.stop() }
        let during = await onLoop(loop) {
            let instants = Instants()
            let outbox = Outbox(now: instants.next)
            let lines = (0..<3).map { _ in Line(on: loop) }
            lines[0].put("a", in: outbox)
            instants.pass(Outbox.patience)
            lines[1].put("b", in: outbox)
            lines[2].put("c", in: outbox)
            defer { for line in lines { line.close() } }
            return lines.map { $0.arrived() }
        }
        #expect(during == ["a", "b", ""])
    }

    @Test func aLotIsSentAtOnceAndAClosedStreamNotAtAll() async {
        let loop = EventLoop(name: "outbox")
        defer { loop.stop() }
        let (large, closed, peer) = await onLoop(loop) {
            let line = Line(on: loop)
            line.put(String(repeating: "x", count: ByteStream.keptCapacity + 1))
            let large = line.arrived().count
            line.put("never")
            line.stream.close()
            return (large, line.arrived(), line.peer)
        }
        #expect(large == ByteStream.keptCapacity + 1)
        let after = await onLoop(loop) {
            var byte: UInt8 = 0
            defer { Glibc.close(peer) }
            return recv(peer, &byte, 1, 0)
        }
        #expect(closed == "" && after == 0)
    }
}
