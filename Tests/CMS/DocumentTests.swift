import EventTypes
import TestSupport
import Testing

@testable import CMSService

/// The rules of a document.
@Suite struct DocumentTests {
    private static let id = DocumentID(high: 1, low: 1)
    private static let author = UserID(high: 2, low: 2)
    private static let start = Timestamp(seconds: 1_000)

    private static func content(_ slug: String = "offers", _ body: String = "x") -> DocumentContent
    {
        DocumentContent(slug: slug, title: "Offers", summary: "", body: body)
    }

    private static func written(
        _ number: Int64, _ slug: String = "offers", _ body: String = "x"
    ) -> DocumentEvent {
        .written(
            VersionWritten(
                documentID: id, kind: .page, number: number, content: content(slug, body),
                author: author, writtenAt: start))
    }

    private static func released(
        _ number: Int64, _ slug: String = "offers", isScheduled: Bool = false,
        at: Timestamp = start
    ) -> DocumentEvent {
        .released(
            VersionReleased(
                documentID: id, kind: .page, number: number, slug: slug, title: "Offers",
                isScheduled: isScheduled, releasedAt: at))
    }

    private static func takenDown(_ slug: String = "offers") -> DocumentEvent {
        .takenDown(
            DocumentTakenDown(documentID: id, kind: .page, slug: slug, takenDownAt: start))
    }

    private static func scheduled(_ number: Int64, _ due: Timestamp) -> DocumentEvent {
        .scheduled(ReleaseScheduled(number: number, due: due, scheduledAt: start))
    }

    private static let archived = DocumentEvent.archived(DocumentArchived(archivedAt: start))
    private static let restored = DocumentEvent.restored(DocumentRestored(restoredAt: start))
    private static let removed = DocumentEvent.removed(DocumentRemoved(removedAt: start))
    private static let unscheduled = DocumentEvent.unscheduled(
        ReleaseUnscheduled(unscheduledAt: start))
    private static let later = start + .seconds(60)

    struct Case: Sendable {
        let past: [DocumentEvent]
        let command: Document.Command
        let events: [DocumentEvent]
    }

    static let decided: [Case] = [
        Case(
            past: [], command: .create(id, .page, content(), author: author, now: start),
            events: [written(1)]),
        Case(
            past: [written(1)],
            command: .revise(content("offers", "y"), author: author, now: start),
            events: [written(2, "offers", "y")]),
        Case(
            past: [written(1)], command: .revise(content(), author: author, now: later),
            events: []),
        // The version that is named, not the newest.
        Case(
            past: [written(1), written(2, "news")], command: .release(1, now: start),
            events: [released(1)]),
        Case(past: [written(1), released(1)], command: .release(1, now: later), events: []),
        Case(
            past: [written(1), released(1)], command: .takeDown(now: start), events: [takenDown()]),
        Case(past: [written(1)], command: .takeDown(now: start), events: []),
        Case(
            past: [written(1)], command: .schedule(1, due: later, now: start),
            events: [scheduled(1, later)]),
        Case(
            past: [written(1), scheduled(1, later)],
            command: .schedule(1, due: later, now: start), events: []),
        Case(
            past: [written(1), scheduled(1, later)], command: .unschedule(now: start),
            events: [unscheduled]),
        Case(past: [written(1)], command: .unschedule(now: start), events: []),
        Case(
            past: [written(1), scheduled(1, later), written(2, "offers", "y")],
            command: .releaseScheduled(1, due: later, now: later),
            events: [released(1, isScheduled: true, at: later)]),
        // Too early, replaced, given up, done, put away, removed: nothing.
        Case(
            past: [written(1), scheduled(1, later)],
            command: .releaseScheduled(1, due: later, now: later - .seconds(1)), events: []),
        Case(
            past: [written(1), scheduled(1, later), scheduled(1, later + .seconds(1))],
            command: .releaseScheduled(1, due: later, now: later), events: []),
        Case(
            past: [written(1), scheduled(1, later), unscheduled],
            command: .releaseScheduled(1, due: later, now: later), events: []),
        Case(
            past: [written(1), scheduled(1, later), released(1)],
            command: .releaseScheduled(1, due: later, now: later), events: []),
        Case(
            past: [written(1), scheduled(1, later), archived],
            command: .releaseScheduled(1, due: later, now: later), events: []),
        Case(
            past: [written(1), scheduled(1, later), removed],
            command: .releaseScheduled(1, due: later, now: later), events: []),
        Case(
            past: [written(1), released(1)], command: .archive(now: start),
            events: [takenDown(), archived]),
        Case(past: [written(1), archived], command: .archive(now: start), events: []),
        Case(past: [written(1), archived], command: .restore(now: start), events: [restored]),
        Case(
            past: [written(1), released(1)], command: .remove(now: start),
            events: [takenDown(), removed]),
        Case(past: [written(1), archived], command: .remove(now: start), events: [removed]),
        Case(past: [written(1), removed], command: .remove(now: start), events: []),
    ]

    @Test(arguments: decided) func itDecides(_ row: Case) {
        let outcome = given(Document.self, row.past).when(row.command)
        #expect(outcome.events == row.events && outcome.refusal == nil)
    }

    static let refused: [([DocumentEvent], Document.Command, Document.Refusal)] = [
        ([], .release(1, now: start), .unknown),
        ([written(1)], .create(id, .page, content(), author: author, now: start), .exists),
        ([written(1)], .release(2, now: start), .noSuchVersion),
        ([written(1)], .release(0, now: start), .noSuchVersion),
        ([written(1)], .release(-1, now: start), .noSuchVersion),
        ([written(1)], .release(.max, now: start), .noSuchVersion),
        ([written(1)], .schedule(2, due: later, now: start), .noSuchVersion),
        ([written(1)], .schedule(1, due: start, now: start), .dueInThePast),
        ([written(1)], .schedule(1, due: start + .seconds(1 << 30), now: start), .dueTooFar),
        ([written(1), archived], .release(1, now: start), .archived),
        (
            [written(1), archived], .revise(content("a"), author: author, now: start), .archived
        ),
        ([written(1), archived], .schedule(1, due: later, now: start), .archived),
        ([written(1), removed], .release(1, now: start), .removed),
        ([written(1), removed], .restore(now: start), .removed),
        (
            [written(1), removed], .create(id, .page, content(), author: author, now: start),
            .exists
        ),
    ]

    @Test(arguments: refused.indices) func itRefuses(_ row: Int) {
        let (past, command, refusal) = Self.refused[row]
        #expect(given(Document.self, past).when(command).refusal == refusal)
    }

    @Test func itHoldsTheSlugsThatLeadToItOrWill() {
        func held(_ events: DocumentEvent...) -> Set<String> { Document.fold(events).heldSlugs }
        #expect(held(Self.written(1, "a"), Self.written(2, "b")) == ["b"])
        #expect(
            held(Self.written(1, "a"), Self.released(1, "a"), Self.written(2, "b")) == ["a", "b"])
        #expect(
            held(Self.written(1, "a"), Self.scheduled(1, Self.later), Self.written(2, "b"))
                == ["a", "b"])
        #expect(
            held(
                Self.written(1, "a"), Self.released(1, "a"), Self.written(2, "b"),
                Self.released(2, "b"), Self.takenDown("b"), Self.archived) == ["a", "b"])
        #expect(held(Self.written(1, "a"), Self.released(1, "a"), Self.removed).isEmpty)
    }

    @Test func itSaysWhatCanBeDoneNext() {
        func next(_ events: DocumentEvent...) -> [Document.State.Action] {
            Document.fold(events).next
        }
        let draft = next(Self.written(1))
        #expect(draft == [.edit, .preview, .publish, .schedule, .archive, .delete])
        let shown = next(Self.written(1), Self.released(1))
        #expect(shown == [.edit, .preview, .schedule, .unpublish, .archive, .delete])
        #expect(next(Self.written(1), Self.archived) == [.preview, .restore, .delete])
        #expect(next(Self.written(1), Self.removed).isEmpty)
    }

    @Test(arguments: [
        ("offers-of-the-day", true), ("a", true), ("2026", true), ("", false), ("A", false),
        ("-a", false), ("a-", false), ("a--b", false), ("a b", false), ("a/b", false),
        ("..", false), ("feed.xml", false), ("ä", false), ("a\u{0}", false),
        (String(repeating: "a", count: 100), true), (String(repeating: "a", count: 101), false),
    ])
    func slugsAreWordsWithHyphens(_ slug: String, _ isValid: Bool) {
        #expect(Slug.isValid(slug) == isValid)
    }
}
