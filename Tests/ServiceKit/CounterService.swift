import EventStore
import EventTypes
import HTTP
import Runtime
import ServiceKit

/// A counter that must not go below zero.
enum Counter: Decider {
    static let category = "counter"
    static let initial = 0

    enum Refusal: Error, ProblemConvertible {
        case tooLittle

        var problem: Problem { ProblemSlug.tooLittle.problem() }
    }

    static func decide(_ command: Int, _ state: Int) throws(Refusal) -> [CounterEvent] {
        guard state + command >= 0 else { throw .tooLittle }
        return command == 0 ? [] : [.moved(CounterMoved(by: command))]
    }

    static func evolve(_ state: inout Int, _ event: CounterEvent) {
        switch event {
        case .moved(let fact): state += fact.by
        }
    }
}

struct CounterMoved: EventPayload {
    static let eventType = EventType("counter.moved")
    let by: Int
}

enum CounterEvent: DomainEvent {
    case moved(CounterMoved)

    static let forms: [EventForm<Self>] = [.form(Self.moved)]
    var payload: any EventPayload {
        switch self {
        case .moved(let fact): fact
        }
    }
}

extension ProblemSlug {
    static let tooLittle = ProblemSlug("too-little", 409, "There is not so much")
}

struct Move: Codable, Sendable {
    let by: Int
    let note: Note?

    struct Note: Codable, Sendable {
        let lines: [String]
    }
}

struct CounterView: Codable, Sendable {
    let total: Int
    let actor: String
}

/// A service with a route for each rule that routes can have.
enum CounterService: SoukService {
    static let name = "counter"
    static let summary = "Counts."
    static let port = 0

    /// What a request to `/slow` waits for, and that it has come so far; each test has its own, by
    /// the `X-Gate` header.
    static let gates = Gates()

    static func build(_ context: ServiceContext) async throws -> Blueprint {
        var routes = RouteTable(tag: "counter")
        addReading(&routes)
        addWriting(&routes, context)
        return Blueprint(routes: routes)
    }

    private static func addReading(_ routes: inout RouteTable) {
        for (path, access) in [
            ("open", Access.open), ("signed-in", .signedIn), ("staff", .roles([.support, .admin])),
            ("service", .service), ("wallet", .services(["wallet"])),
        ] {
            routes.get("/api/v1/\(path)", "Say who asks", id: path, access: access) {
                (call: Call<NoBody>) -> Reply<CounterView> in
                .ok(CounterView(total: 0, actor: call.caller.actor))
            }
        }
        for path in ["numbers", "others"] {
            routes.get(
                "/api/v1/\(path)", "List numbers", id: path, access: .open,
                parameters: [.query("from", in: 0...1_000, "The first")]
            ) { (call: Call<NoBody>) -> Reply<Page<Int>> in
                let after = try call.page.after(Int.self) ?? -1
                let rows = Array((after + 1..<50).prefix(call.page.fetchLimit))
                return .ok(
                    try call.page.page(rows) {
                        $0
                    } item: {
                        $0
                    })
            }
        }
        routes.get("/api/v1/fail", "Fail", id: "fail", access: .open) {
            (_: Call<NoBody>) -> Reply<CounterView> in throw Unforeseen(secret: "s3cret")
        }
    }

    struct Unforeseen: Error { let secret: String }

    private static func addWriting(_ routes: inout RouteTable, _ context: ServiceContext) {
        routes.post(
            "/api/v1/counters/{id}/moves", "Move a counter", id: "move", access: .signedIn,
            problems: [.tooLittle]
        ) { (call: Call<Move>) -> Reply<CounterView> in
            let id: String = try call.path("id")
            let committed = try await context.store.commit(call.command) { unit in
                try await unit.decide(Counter.self, id, call.body.by)
                return CounterView(
                    total: try await unit.load(Counter.self, id), actor: call.caller.actor)
            }
            return .created(committed)
        }
        routes.put(
            "/api/v1/counters/{id}", "Set a counter", id: "set", access: .signedIn,
            ifMatch: .required
        ) { (call: Call<Move>) -> Reply<CounterView> in
            let id: String = try call.path("id")
            let committed = try await context.store.commit(call.command) { unit in
                if let version = call.ifMatch {
                    unit.expect(Counter.stream(id), version: version)
                }
                let now = try await unit.load(Counter.self, id)
                try await unit.decide(Counter.self, id, call.body.by - now)
                return CounterView(total: call.body.by, actor: call.caller.actor)
            }
            let version = try await context.store.load(Counter.self, id).version
            return .ok(committed).etag(version)
        }
        routes.get("/api/v1/counters/{id}", "Show a counter", id: "show", access: .signedIn) {
            (call: Call<NoBody>) -> Reply<CounterView> in
            let (total, version) = try await context.store.load(
                Counter.self, try call.path("id", as: String.self))
            return .ok(CounterView(total: total, actor: "")).etag(version)
        }
        routes.post("/api/v1/slow", "Take a while", id: "slow", access: .signedIn) {
            (call: Call<Move>) -> Reply<CounterView> in
            let gate = gates.gate(call.request.headers["X-Gate"] ?? "")
            gate.hasCome.ready()
            await gate.mayGo.waitUntilReady()
            return .created(CounterView(total: call.body.by, actor: ""))
        }
    }
}
