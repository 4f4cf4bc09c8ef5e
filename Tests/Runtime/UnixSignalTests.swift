import Runtime
import Testing

@Suite(.serialized, .timeLimit(.minutes(10))) struct UnixSignalTests {
    @Test func everySubscriberHearsOfASignal() async {
        let (heard, feed) = AsyncStream.makeStream(of: String.self)
        let first = UnixSignal.subscribe(to: [.user2]) { feed.yield("first \($0)") }
        let second = UnixSignal.subscribe(to: [.user2, .hangup]) { feed.yield("second \($0)") }
        UnixSignal.user2.raise()
        var iterator = heard.makeAsyncIterator()
        #expect(await iterator.next() == "first SIGUSR2")
        #expect(await iterator.next() == "second SIGUSR2")
        first.cancel()
        UnixSignal.user2.raise()
        #expect(await iterator.next() == "second SIGUSR2")
        second.cancel()
    }
}
