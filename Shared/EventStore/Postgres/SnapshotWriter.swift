internal import Database
internal import EventTypes
internal import JSON
internal import Runtime
internal import Synchronization

/// Keeps states of long streams beside the log, off the path of commands: what does not get written
/// is folded again.
final class SnapshotWriter: Sendable {
    /// A state is kept every so many events.
    static let interval: Int64 = 200
    /// The most that wait to be written; more are dropped.
    static let waitingLimit = 1_000

    private struct Snapshot: Sendable {
        let kind: String
        let version: Int64
        let state: any SnapshotState

        func text() throws -> UTF8Text {
            let state: any Encodable = state
            return UTF8Text(bytes: try JSON.encode(state))
        }
    }

    private let pool: DatabasePool
    private let logger: Logger
    private let waiting = Mutex<[StreamID: Snapshot]>([:])
    private let work = WorkSignal()

    init(pool: DatabasePool, logger: Logger) {
        self.pool = pool
        self.logger = logger
    }

    static func kind(_ type: any SnapshotState.Type) -> String {
        "\(String(reflecting: type)) \(type.snapshotVersion)"
    }

    /// The last snapshot of a stream; nil when there is none or its states are not kept.
    func read<D: Decider>(
        _ decider: D.Type, _ stream: StreamID
    ) async throws -> (D.State, Int64)? {
        guard let type = D.State.self as? any SnapshotState.Type else { return nil }
        let rows = try await pool.query(
            """
            select state, version from stream_snapshot
            where stream = \(stream)::text and kind = \(Self.kind(type))::text
            """, isReadOnly: true)
        guard let row = rows.first else { return nil }
        do {
            let bytes: [UInt8] = try row.get(0)
            guard let state = try Self.state(D.self, bytes) else { return nil }
            return (state, try row.get(1))
        } catch is JSONError {
            logger.warning("passing over an unreadable snapshot", ["stream": stream])
            return nil
        }
    }

    /// The state that a snapshot holds; nil when states of this kind are not kept.
    ///
    /// - Throws: `JSONError`.
    static func state<D: Decider>(_ decider: D.Type, _ bytes: [UInt8]) throws -> D.State? {
        guard let type = D.State.self as? any SnapshotState.Type else { return nil }
        return try decode(type, bytes) as? D.State
    }

    private static func decode<S: SnapshotState>(
        _ type: S.Type, _ bytes: [UInt8]
    ) throws -> any SnapshotState {
        try JSON.decode(type, from: bytes, limits: .document)
    }

    /// Offers a committed state; kept when its type allows it.
    func offer(_ stream: StreamID, _ state: any Sendable, version: Int64) {
        guard let state = state as? any SnapshotState else { return }
        let snapshot = Snapshot(
            kind: Self.kind(type(of: state)), version: version, state: state)
        waiting.withLock { waiting in
            if waiting.count < Self.waitingLimit { waiting[stream] = snapshot }
        }
        work.signal()
    }

    /// Offers the states of a committed unit whose streams passed a multiple of the interval.
    func offer(_ draft: UnitDraft) {
        let streams = draft.streams
        for index in streams.indices
        where streams[index].expected / Self.interval != streams[index].version / Self.interval {
            for state in streams[index].states.all {
                offer(streams[index].id, state, version: streams[index].version)
            }
        }
    }

    /// Writes what is offered until the task is cancelled or `isOver`.
    func run(isOver: () -> Bool) async {
        while !isOver() && !Task.isCancelled {
            await work.wait()
            let batch = waiting.withLock { waiting in
                defer { waiting = [:] }
                return waiting
            }
            if batch.isEmpty { continue }
            do {
                try await write(batch)
            } catch {
                logger.warning("snapshots were not written", ["error": "\(error)"])
            }
        }
    }

    func stop() { work.signal() }

    private func write(_ batch: [StreamID: Snapshot]) async throws {
        let sorted = batch.sorted { $0.key < $1.key }
        let texts = try sorted.map { try $0.value.text() }
        try await pool.execute(
            """
            insert into stream_snapshot (stream, kind, version, state)
            select * from unnest(\(sorted.map(\.key)), \(sorted.map(\.value.kind)),
                \(sorted.map(\.value.version)), \(texts))
            on conflict (stream, kind) do update
            set version = excluded.version, state = excluded.state
            where stream_snapshot.version < excluded.version
            """)
    }
}
