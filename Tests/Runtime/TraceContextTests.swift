import Runtime
import TestSupport
import Testing

@Suite struct TraceContextTests {
    private static let valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test func aHeaderIsReadAndWrittenBack() throws {
        let context = try #require(TraceContext(traceparent: Self.valid))
        #expect(context.traceID.description == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(context.spanID.description == "00f067aa0ba902b7")
        #expect(context.isSampled)
        #expect(context.traceparent == Self.valid)
    }

    @Test(arguments: [
        "", "00", valid + "-", valid + "-00", valid + " ", " " + valid,
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.more",
    ])
    func aMalformedHeaderIsRefused(header: String) {
        #expect(TraceContext(traceparent: header) == nil)
    }

    @Test func aLaterVersionIsReadByItsFirstFieldsAndWrittenAsTheFirst() throws {
        let later = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-09-what-else"
        let context = try #require(TraceContext(traceparent: later))
        #expect(context.traceparent == Self.valid)
    }

    @Test(arguments: [
        "a=1", "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", "fw529a3039@dt=FfAAAA, b=2",
        "a=1,,b=2", "0ab@vendor=x", "a=value with blanks",
    ])
    func aStateIsCarriedUnchanged(state: String) {
        let context = TraceContext(traceparent: Self.valid, tracestate: state)
        #expect(context?.tracestate == state)
    }

    @Test(arguments: [
        "", "a", "A=1", "0a=1", "a=1,a=2", "a=b=c", "a=\u{7}", "a@b@c=1", "=1", "a=",
        (0..<33).map { "k\($0)=1" }.joined(separator: ","),
        "a=" + String(repeating: "x", count: 257),
    ])
    func aMalformedStateIsDroppedAndTheTraceKept(state: String) {
        let context = TraceContext(traceparent: Self.valid, tracestate: state)
        #expect(context != nil)
        #expect(context?.tracestate == nil)
    }

    @Test func aChildStaysInTheTrace() throws {
        let parent = try #require(TraceContext(traceparent: Self.valid, tracestate: "a=1"))
        let child = parent.child(SpanID(random: SeededRandom()))
        #expect(child.traceID == parent.traceID)
        #expect(child.spanID != parent.spanID)
        #expect(child.isSampled && child.tracestate == "a=1")
    }
}
