internal import Database
internal import EventTypes
internal import Runtime
internal import Synchronization

extension PostgresEventStore: StreamForesight, StreamShelf {
    /// Events of one stream that are read ahead; one that has more is read by itself.
    static let foreseenEvents: Int64 = 64
    /// Streams that are read ahead at once.
    static let foreseenStreams = 500

    func known<D: Decider>(_ decider: D.Type, _ stream: StreamID) -> OpenedStream<D.State>? {
        let kind = ObjectIdentifier(D.self)
        guard let known = queue.withLock({ $0.state(kind, of: stream, as: D.State.self) }) else {
            return nil
        }
        return OpenedStream(
            state: known.state, version: known.version, isFresh: false, epoch: known.epoch)
    }

    func foresee(_ body: (UnitOfWork) async -> Void) async {
        let scout = StreamScout(self)
        let context = CommandContext(correlationID: CorrelationID(high: 0, low: 0))
        await body(UnitOfWork(context, source: scout, ids: UUIDv7Generator(), isScouting: true))
        var found = scout.found()[...]
        while !found.isEmpty {
            do {
                try await take(found.prefix(Self.foreseenStreams))
            } catch {
                logger.info("streams are read one by one", ["error": "\(error)"])
                return
            }
            found = found.dropFirst(Self.foreseenStreams)
        }
    }

    /// Reads streams, and keeps what was asked of them.
    private func take(_ wanted: ArraySlice<StreamScout.Found>) async throws {
        let names = wanted.map(\.stream)
        let answers = try await pool.pipeline([
            "select id from stream where id = any(\(names)::text[])",
            """
            select stream, kind, version, state from stream_snapshot
            where stream = any(\(names)::text[])
            """,
        ])
        let present = Set(try answers[0].map { try $0.get(0, as: StreamID.self) })
        var snapshots: [SnapshotName: ForeseenSnapshot] = [:]
        for row in answers[1] {
            snapshots[SnapshotName(stream: try row.get(0), kind: try row.get(1))] =
                ForeseenSnapshot(version: try row.get(2), state: try row.get(3))
        }
        var parts = wanted.flatMap { found in
            found.wishes.map { wish in
                let name = wish.snapshotKind.map { SnapshotName(stream: found.stream, kind: $0) }
                return ForeseenPart(
                    stream: found.stream, wish: wish, snapshot: name.flatMap { snapshots[$0] })
            }
        }
        let events = try await histories(of: parts.filter { present.contains($0.stream) })
        parts.removeAll { (events[$0.stream]?.count ?? 0) >= Self.foreseenEvents }
        for part in parts { install(part, events[part.stream] ?? []) }
    }

    /// The events of streams behind the eldest snapshot that is wanted of each.
    private func histories(
        of parts: [ForeseenPart]
    ) async throws -> [StreamID: [ForeseenEvent]] {
        var after: [StreamID: Int64] = [:]
        for part in parts {
            let version = part.snapshot?.version ?? 0
            after[part.stream] = min(after[part.stream] ?? version, version)
        }
        if after.isEmpty { return [:] }
        let starts = after.sorted { $0.key < $1.key }
        let rows = try await pool.query(
            """
            select w.stream, e.version, e.type, e.form, e.payload
            from unnest(\(starts.map(\.key))::text[], \(starts.map(\.value))::bigint[])
                as w (stream, after)
            cross join lateral (
                select version, type, form, payload from event
                where event.stream = w.stream and version > w.after order by version
                limit \(Self.foreseenEvents)) as e
            order by w.stream, e.version
            """, isReadOnly: true)
        let upcasters = upcasters
        var events: [StreamID: [ForeseenEvent]] = [:]
        for row in rows {
            let (type, payload) = try upcasters.lift(
                EventType(try row.get(2), version: try row.get(3)), try row.get(4))
            events[try row.get(0), default: []].append(
                ForeseenEvent(version: try row.get(1), type: type, payload: payload))
        }
        return events
    }

    /// Keeps a state. What cannot be read is left to whoever asks for it.
    private func install(_ part: ForeseenPart, _ events: [ForeseenEvent]) {
        guard
            let (state, version) = try? part.wish.fold(part.snapshot, events, in: part.stream)
        else { return }
        queue.withLock {
            $0.install(part.wish.kind, of: part.stream, state, version: version)
        }
    }
}

private struct SnapshotName: Hashable {
    let stream: StreamID
    let kind: String
}

private struct ForeseenPart {
    let stream: StreamID
    let wish: any StreamWish
    let snapshot: ForeseenSnapshot?
}

/// A snapshot as it is kept.
struct ForeseenSnapshot: Sendable {
    let version: Int64
    let state: [UInt8]
}

/// An event of a stream that is read ahead.
struct ForeseenEvent: Sendable {
    let version: Int64
    let type: EventType
    let payload: [UInt8]
}

/// What is asked of a stream: the state by one decider.
protocol StreamWish: Sendable {
    var kind: ObjectIdentifier { get }
    /// Under which snapshots of it are kept; nil where none are.
    var snapshotKind: String? { get }
    func fold(
        _ snapshot: ForeseenSnapshot?, _ events: [ForeseenEvent], in stream: StreamID
    ) throws -> (state: any Sendable, version: Int64)
}

struct DeciderWish<D: Decider>: StreamWish {
    var kind: ObjectIdentifier { ObjectIdentifier(D.self) }

    var snapshotKind: String? {
        (D.State.self as? any SnapshotState.Type).map(SnapshotWriter.kind)
    }

    func fold(
        _ snapshot: ForeseenSnapshot?, _ events: [ForeseenEvent], in stream: StreamID
    ) throws -> (state: any Sendable, version: Int64) {
        var state = D.initial
        var version: Int64 = 0
        if let snapshot {
            // An unreadable one is passed over by whoever reads the stream by itself.
            guard let kept = try SnapshotWriter.state(D.self, snapshot.state) else {
                throw StreamScout.Unread()
            }
            (state, version) = (kept, snapshot.version)
        }
        for event in events where event.version > version {
            let fact: D.Event = try EventCoding.decode(event.type, event.payload, in: stream)
            D.evolve(&state, fact)
            version = event.version
        }
        return (state, version)
    }
}
