import EventTypes
import Glibc
import HTTP
import JSON
import Runtime
import Synchronization

/// Ten thousand people's connections to one notification process: most of them of two hundred
/// people, some of people who have one each.
final class LiveLoad: Sendable {
    private static let crowd = 199
    private static let each = 50
    private static let singles = 50
    private static let connections = crowd * each + singles

    private let bench: Bench
    private let stage: ServiceStage
    private let arrivals = Arrivals()
    private let readers = Mutex<[Reader]>([])

    /// Somebody with one connection, who reads what came.
    private final class Reader: Sendable {
        let socket: WebSocketConnection
        private let unread = Mutex<[String]>([])

        init(_ socket: WebSocketConnection) { self.socket = socket }

        func take(_ message: WebSocketMessage) {
            guard case .text(let text) = message,
                let frame = try? JSON.decode(JSONValue.self, from: Array(text.utf8)),
                let id = frame["notification"]?["id"]?.string
            else { return }
            unread.withLock { $0.append(id) }
        }

        func next() -> String? { unread.withLock { $0.popLast() } }
    }

    init(_ bench: Bench) async throws {
        self.bench = bench
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        guard limit.rlim_cur > 12_000 else {
            throw BenchError("12,000 open files are needed; ulimit -Hn says \(limit.rlim_max).")
        }
        stage = try await ServiceStage(bench)
    }

    func run() async throws -> [Figure] {
        let service = try await stage.start("notification", bench)
        let loop = EventLoop(name: "bench-live")
        let before = try ProcessFacts.memory(of: service.processID)
        var limits = HTTPClientLimits()
        limits.connectionsPerOrigin = Self.connections + 16
        // Its sockets end with it.
        let http = HTTPClient(loop: loop, limits: limits)
        let people = Array(stage.issuer.userIDs.prefix(Self.crowd + Self.singles))
        let figures = try await withThrowingTaskGroup(of: Void.self) { group in
            try await connect(http, service, loop, people, &group)
            // Long enough to be idle, and for what opening them left behind to be given back.
            try await loop.sleep(for: .seconds(12))
            let bytes = try ProcessFacts.memory(of: service.processID) - before
            let memory = try await bench.rounds("KB") {
                Sample(Double(bytes) / 1_024 / Double(Self.connections))
            }
            let broadcast = try await bench.rounds("ms") { try await self.broadcast(people) }
            let one = try await bench.rounds("ms") { try await single() }
            group.cancelAll()
            return [
                memory.plain(
                    "live-memory", "WebSocket, 10,000 idle: memory of each", .atMost, 12),
                broadcast.plain(
                    "live-broadcast", "WebSocket: all 10,000 told of a broadcast", .atMost, 300),
                one.percentile(
                    "live-single", "WebSocket: one message to one reader, p99", \.p99,
                    atMost: 20),
            ]
        }
        await http.close()
        await service.stop()
        await stage.close()
        loop.stop()
        return figures
    }

    private func connect(
        _ http: HTTPClient, _ service: SoukProgram, _ loop: EventLoop, _ people: [UserID],
        _ group: inout ThrowingTaskGroup<Void, any Error>
    ) async throws {
        let url = "ws://127.0.0.1:\(service.port)/ws"
        for (index, token) in stage.issuer.tokens.prefix(people.count).enumerated() {
            let fields: HTTPHeaders = ["Authorization": "Bearer \(token)"]
            for _ in 0..<(index < Self.crowd ? Self.each : 1) {
                let socket = try await http.webSocket(
                    url, headers: fields, subprotocols: ["souk.v1"])
                let reader = index < Self.crowd ? nil : Reader(socket)
                if let reader { readers.withLock { $0.append(reader) } }
                group.addTask(executorPreference: loop) { [arrivals] in
                    // Ends with the benchmark, one way or the other.
                    do {
                        for try await message in socket.messages {
                            reader?.take(message)
                            arrivals.note()
                        }
                    } catch {}
                }
            }
        }
        // Each is greeted.
        try await arrivals.wait(for: Self.connections)
    }

    /// One piece of news for everybody, until the last connection has it.
    private func broadcast(_ people: [UserID]) async throws -> Sample {
        arrivals.reset()
        let start = ContinuousClock.now
        try await stage.cashback.send(people.map { try Self.news($0) })
        let end = try await arrivals.wait(for: Self.connections)
        return Sample(start.duration(to: end).inSeconds * 1_000)
    }

    /// One person after the other marks a notification as read: noted in the log, shown by the read
    /// model, and then told to every connection of that person.
    private func single() async throws -> Sample {
        var times: [Double] = []
        for reader in readers.withLock({ $0 }) {
            guard let id = reader.next() else { throw BenchError("nothing is left to be read.") }
            arrivals.reset()
            let start = ContinuousClock.now
            try await reader.socket.send(#"{"type":"read","notification_id":"\#(id)"}"#)
            let end = try await arrivals.wait(for: 1)
            times.append(start.duration(to: end).inSeconds * 1_000)
        }
        let latency = Percentiles(times)
        return Sample(latency.p50, latency)
    }

    private static let ids = UUIDv7Generator()

    private static func news(_ person: UserID) throws -> any PublishedEvent {
        try CashbackConversionPending(
            conversionID: ids.next(), merchantID: ids.next(), userID: person,
            sale: Money(minorUnits: 2_000, .usd), cashback: Money(minorUnits: 100, .usd),
            termsVersion: 1, reason: "awaiting_confirmation")
    }
}

/// Counts what has arrived.
final class Arrivals: Sendable {
    private struct State {
        var count = 0
        var wanted = Int.max
        var waiter: CheckedContinuation<ContinuousClock.Instant, any Error>?
    }

    private let state = Mutex(State())

    func reset() { state.withLock { $0.count = 0 } }

    func note() {
        let waiter = state.withLock { state in
            state.count += 1
            guard state.count >= state.wanted else {
                return nil as CheckedContinuation<ContinuousClock.Instant, any Error>?
            }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: .now)
    }

    /// - Returns: when the last of `count` came.
    @discardableResult
    func wait(for count: Int) async throws -> ContinuousClock.Instant {
        let loss = Task { [self] in
            try await Task.sleep(for: .seconds(60))
            give(up: count)
        }
        defer { loss.cancel() }
        return try await withCheckedThrowingContinuation { continuation in
            let isDone = state.withLock { state in
                if state.count >= count { return true }
                state.wanted = count
                state.waiter = continuation
                return false
            }
            if isDone { continuation.resume(returning: .now) }
        }
    }

    private func give(up count: Int) {
        let (waiter, seen) = state.withLock { state in
            defer { state.waiter = nil }
            return (state.waiter, state.count)
        }
        waiter?.resume(throwing: BenchError("only \(seen) of \(count) messages came."))
    }
}
