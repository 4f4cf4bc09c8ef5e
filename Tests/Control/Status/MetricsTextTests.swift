import Testing

@testable import ControlService

@Suite struct MetricsTextTests {
    private let text = MetricsText(
        """
        # HELP souk_lag How late.
        # TYPE souk_lag gauge
        souk_lag{loop="a b"} 0.25
        souk_lag{loop="c"} 0.5
        souk_lagging 9
        plain 12
        broken
        """)

    @Test func theWorstOfAFamilyIsFound() {
        #expect(text.worst("souk_lag") == 0.5)
        #expect(text.worst("plain") == 12)
        #expect(text.worst("absent") == nil)
    }
}
