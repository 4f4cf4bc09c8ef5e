import Runtime
import Synchronization
import Testing

@Suite struct TerminalProgressTests {
    private let screen = Screen()

    private func progress(total: Int?, isTerminal: Bool) -> TerminalProgress {
        TerminalProgress(
            total: total, label: "replay", isTerminal: isTerminal, columns: 60,
            elapsed: { [screen] in screen.time }, write: { [screen] in screen.write($0) })
    }

    @Test func aTerminalShowsABarThatIsDrawnAtMostTenTimesASecond() {
        let progress = progress(total: 200, isTerminal: true)
        for step in 1...100 {
            screen.time = .milliseconds(10 * step)
            progress.advance()
        }
        #expect(screen.texts.count == 10)
        #expect(
            screen.texts.last
                == "\rreplay ████████████░░░░░░░░░░░░ 100/200 50% 100/s 1s left\u{1B}[K")
        screen.time = .seconds(2)
        progress.set(200)
        progress.finish()
        progress.finish()
        #expect(screen.texts.last == "\n")
        #expect(screen.texts.filter { $0 == "\n" }.count == 1)
    }

    @Test func elsewhereAPlainLineIsWrittenNowAndThen() {
        let progress = progress(total: 1_000, isTerminal: false)
        for second in 1...11 {
            screen.time = .seconds(second)
            progress.advance(by: 50)
        }
        progress.finish()
        #expect(
            screen.texts == [
                "replay: 250/1000 25% 50/s 15s left\n", "replay: 500/1000 50% 50/s 10s left\n",
                "replay: 550/1000 55% 50/s 9s left\n",
            ])
    }

    @Test func withoutATotalOnlyTheCountAndTheRateAreShown() {
        let progress = progress(total: nil, isTerminal: false)
        screen.time = .seconds(5)
        progress.advance(by: 12)
        #expect(screen.texts == ["replay: 12, 2.4/s\n"])
    }
}

private final class Screen: Sendable {
    private struct State {
        var time = Duration.zero
        var texts: [String] = []
    }
    private let state = Mutex(State())

    var time: Duration {
        get { state.withLock { $0.time } }
        set { state.withLock { $0.time = newValue } }
    }
    var texts: [String] { state.withLock { $0.texts } }
    func write(_ text: String) { state.withLock { $0.texts.append(text) } }
}
