import Database
import EventStore
import EventTypes

/// A read model like the ledger's: what stands in each account.
struct BenchBalances: Projection {
    let name = "balances"
    let tables = ["balance"]
    let definition = """
        create table balance (
            account text primary key,
            balance_minor bigint not null check (balance_minor >= 0),
            postings bigint not null,
            moved_minor bigint not null
        );
        """
    let indexes = "create index balance_by_amount on balance (balance_minor);"
    let isPartitionable = true

    private struct Change {
        var balance: Int64 = 0
        var postings: Int64 = 0
        var moved: Int64 = 0

        mutating func add(_ fact: BenchPosted) {
            balance = fact.balanceMinor
            postings += 1
            moved += abs(fact.amountMinor)
        }
    }

    func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
        var changes: [StreamID: Change] = [:]
        for event in events {
            guard case .posted(let fact) = try event.decode(BenchEvent.self) else { continue }
            changes[event.stream, default: Change()].add(fact)
        }
        let rows = changes.sorted { $0.key < $1.key }
        _ = try await connection.query(
            """
            insert into balance as b (account, balance_minor, postings, moved_minor)
            select * from unnest(\(rows.map(\.key)), \(rows.map(\.value.balance)),
                \(rows.map(\.value.postings)), \(rows.map(\.value.moved)))
            on conflict (account) do update set balance_minor = excluded.balance_minor,
                postings = b.postings + excluded.postings,
                moved_minor = b.moved_minor + excluded.moved_minor
            """)
    }
}

/// The same account without snapshots, so that a load folds all of its stream.
enum BenchHistory: Decider {
    static let category = BenchAccount.category
    static let initial = State()

    struct State: Sendable {
        var balanceMinor: Int64 = 0
        var postings: Int64 = 0
    }

    static func decide(_ command: Never, _ state: State) throws(Never) -> [BenchEvent] {}

    static func evolve(_ state: inout State, _ event: BenchEvent) {
        guard case .posted(let fact) = event else { return }
        state.balanceMinor = fact.balanceMinor
        state.postings += 1
    }
}
