internal import EventTypes

/// The rules of a page or a post. The newest version and the public one stand side by side: writing
/// never changes what the public reads, and what is published or scheduled is always one version by
/// its number.
enum Document: Decider {
    static let category = "document"
    static let initial = State()

    static let mostVersions: Int64 = 5_000
    /// The furthest that a release may be scheduled: five years.
    static let longestSchedule: Duration = .seconds(5 * 366 * 86_400)

    enum Command: Sendable {
        case create(DocumentID, DocumentKind, DocumentContent, author: UserID, now: Timestamp)
        case revise(DocumentContent, author: UserID, now: Timestamp)
        case release(Int64, now: Timestamp)
        /// What a timer asks for: nothing comes of it unless this is still the schedule.
        case releaseScheduled(Int64, due: Timestamp, now: Timestamp)
        case takeDown(now: Timestamp)
        case schedule(Int64, due: Timestamp, now: Timestamp)
        case unschedule(now: Timestamp)
        case archive(now: Timestamp)
        case restore(now: Timestamp)
        case remove(now: Timestamp)
    }

    enum Refusal: Error, Equatable {
        case exists
        case unknown
        case removed
        case archived
        case noSuchVersion
        case tooManyVersions
        case dueInThePast
        case dueTooFar
    }

    static func decide(_ command: Command, _ state: State) throws(Refusal) -> [DocumentEvent] {
        switch (command, state.phase) {
        case (.create(let id, let kind, let content, let author, let now), .absent):
            return [
                .written(
                    VersionWritten(
                        documentID: id, kind: kind, number: 1, content: content, author: author,
                        writtenAt: now))
            ]
        case (.create, _): throw .exists
        // A timer that comes too late has nothing to do.
        case (.releaseScheduled(let number, let due, let now), .active):
            let isDue = state.schedule == Schedule(number: number, due: due) && now >= due
            return isDue ? try release(number, isScheduled: true, now, state) : []
        case (.releaseScheduled, _): return []
        case (_, .absent): throw .unknown
        case (.remove, .removed): return []
        case (_, .removed): throw .removed
        case (.remove(let now), _):
            return takenDown(state, now) + [.removed(DocumentRemoved(removedAt: now))]
        case (.restore(let now), .archived):
            return [.restored(DocumentRestored(restoredAt: now))]
        case (.archive, .archived): return []
        case (_, .archived): throw .archived
        default: return try decideActive(command, state)
        }
    }

    private static func decideActive(
        _ command: Command, _ state: State
    ) throws(Refusal) -> [DocumentEvent] {
        switch command {
        case .revise(let content, let author, let now):
            guard let id = state.id, content != state.draft else { return [] }
            guard state.latest < mostVersions else { throw .tooManyVersions }
            return [
                .written(
                    VersionWritten(
                        documentID: id, kind: state.kind, number: state.latest + 1,
                        content: content, author: author, writtenAt: now))
            ]
        case .release(let number, let now):
            return try release(number, isScheduled: false, now, state)
        case .takeDown(let now): return takenDown(state, now)
        case .schedule(let number, let due, let now):
            guard state.label(of: number) != nil else { throw .noSuchVersion }
            guard due > now else { throw .dueInThePast }
            guard due <= now + longestSchedule else { throw .dueTooFar }
            if state.schedule == Schedule(number: number, due: due) { return [] }
            return [
                .scheduled(ReleaseScheduled(number: number, due: due, scheduledAt: now))
            ]
        case .unschedule(let now):
            if state.schedule == nil { return [] }
            return [.unscheduled(ReleaseUnscheduled(unscheduledAt: now))]
        case .archive(let now):
            return takenDown(state, now) + [.archived(DocumentArchived(archivedAt: now))]
        case .restore, .create, .releaseScheduled, .remove: return []
        }
    }

    private static func release(
        _ number: Int64, isScheduled: Bool, _ now: Timestamp, _ state: State
    ) throws(Refusal) -> [DocumentEvent] {
        guard let id = state.id, let label = state.label(of: number) else {
            throw .noSuchVersion
        }
        if state.release?.number == number, !isScheduled { return [] }
        return [
            .released(
                VersionReleased(
                    documentID: id, kind: state.kind, number: number, slug: label.slug,
                    title: label.title, isScheduled: isScheduled, releasedAt: now))
        ]
    }

    private static func takenDown(_ state: State, _ now: Timestamp) -> [DocumentEvent] {
        guard let id = state.id, let release = state.release else { return [] }
        return [
            .takenDown(
                DocumentTakenDown(
                    documentID: id, kind: state.kind, slug: release.slug, takenDownAt: now))
        ]
    }

    static func evolve(_ state: inout State, _ event: DocumentEvent) {
        switch event {
        case .written(let fact):
            if state.phase == .absent {
                state.phase = .active
                state.createdAt = fact.writtenAt
            }
            state.id = fact.documentID
            state.kind = fact.kind
            state.draft = fact.content
            state.labels.append(
                Label(slug: fact.content.slug, title: fact.content.title))
            state.changedAt = fact.writtenAt
        case .released(let fact):
            state.release = Release(
                number: fact.number, slug: fact.slug, releasedAt: fact.releasedAt)
            state.firstReleasedAt = state.firstReleasedAt ?? fact.releasedAt
            state.publicSlugs.insert(fact.slug)
            if state.schedule?.number == fact.number { state.schedule = nil }
            state.changedAt = fact.releasedAt
        case .takenDown(let fact):
            state.release = nil
            state.changedAt = fact.takenDownAt
        case .scheduled(let fact):
            state.schedule = Schedule(number: fact.number, due: fact.due)
            state.changedAt = fact.scheduledAt
        case .unscheduled(let fact):
            state.schedule = nil
            state.changedAt = fact.unscheduledAt
        case .archived(let fact):
            state.phase = .archived
            state.schedule = nil
            state.changedAt = fact.archivedAt
        case .restored(let fact):
            state.phase = .active
            state.changedAt = fact.restoredAt
        case .removed(let fact):
            state.phase = .removed
            state.schedule = nil
            state.changedAt = fact.removedAt
        }
    }
}
