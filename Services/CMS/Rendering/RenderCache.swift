internal import EventTypes
internal import Synchronization

/// The HTML of versions that were shown of late. A version never changes, so what is here is right.
final class RenderCache: Sendable {
    static let mostBytes = 8 << 20

    private struct Key: Hashable {
        let id: DocumentID
        let number: Int64
    }

    private struct Entry {
        let output: Markdown.Output
        var lastUse: UInt64
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var bytes = 0
        var uses: UInt64 = 0
    }

    private let state = Mutex(State())
    private let home: String

    init(home: String) { self.home = home }

    /// The HTML of a version.
    func output(of id: DocumentID, _ number: Int64, _ body: String) async -> Markdown.Output {
        let key = Key(id: id, number: number)
        if let known = look(key) { return known }
        // A text was measured when it was taken; bounds that were lowered since show as nothing.
        let output =
            await Markdown.render(body, home: home) ?? Markdown.Output(html: "", picture: nil)
        keep(output, key)
        return output
    }

    private func look(_ key: Key) -> Markdown.Output? {
        state.withLock { state in
            guard let entry = state.entries[key] else { return nil }
            state.uses += 1
            state.entries[key]?.lastUse = state.uses
            return entry.output
        }
    }

    private func keep(_ output: Markdown.Output, _ key: Key) {
        let size = output.html.utf8.count
        state.withLock { state in
            guard size <= Self.mostBytes / 4, state.entries[key] == nil else { return }
            state.uses += 1
            state.entries[key] = Entry(output: output, lastUse: state.uses)
            state.bytes += size
            while state.bytes > Self.mostBytes,
                let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                state.entries[oldest.key] = nil
                state.bytes -= oldest.value.output.html.utf8.count
            }
        }
    }
}
