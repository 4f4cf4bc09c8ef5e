import Database
import Runtime

/// pgbench doing the same transfer as one transaction: an entry with a unique reference, and two
/// balances, neither of which may go below zero. Accounts are updated in the order of their
/// numbers, so that no two transactions wait for each other.
struct TransferPeer: Sendable {
    private let bench: Bench
    private let url: String
    private let script: String

    /// - Parameter sink: the account that gets every transfer; any of them where it is nil.
    init(_ bench: Bench, accounts: Int, sink: Int?) async throws {
        self.bench = bench
        let configuration = try await bench.database(connections: 1)
        url = configuration.url
        script = bench.workshop.directory + "/transfer-\(UInt32.random(in: 0...UInt32.max)).sql"
        let loop = EventLoop(name: "bench-peer")
        defer { loop.stop() }
        let pool = DatabasePool(configuration, loop: loop, logger: .bench, metrics: Metrics())
        try await pool.withConnection { connection in
            try await connection.simple(
                """
                create table entry (
                    id bigint generated always as identity primary key,
                    reference text not null unique,
                    source bigint not null, target bigint not null, amount bigint not null,
                    at timestamptz not null default clock_timestamp()
                );
                create table account (
                    id bigint primary key,
                    balance bigint not null check (balance >= 0)
                ) with (fillfactor = 50);
                insert into account select id, 500000 from generate_series(1, \(accounts)) as id;
                analyze account;
                """)
        }
        await pool.close()
        let target = sink.map { "\\set target \($0)" } ?? "\\set target random(1, \(accounts))"
        try Workshop.write(
            """
            \\set source random(1, \(accounts - 1))
            \(target)
            \\set source case when :source = :target then :source + 1 else :source end
            \\set low least(:source, :target)
            \\set high greatest(:source, :target)
            begin;
            insert into entry (reference, source, target, amount)
                values (gen_random_uuid()::text, :source, :target, 1);
            update account set balance = balance + case when id = :source then -1 else 1 end
                where id = :low;
            update account set balance = balance + case when id = :source then -1 else 1 end
                where id = :high;
            commit;

            """, to: script)
    }

    /// - Returns: transfers a second.
    func run(clients: Int, seconds: Int) async throws -> Sample {
        let output = try await bench.workshop.run(
            try PeerTools.postgresBinaries() + "/pgbench",
            [
                "-n", "-M", "prepared", "-c", "\(clients)", "-j", "\(min(clients, 2))", "-T",
                "\(seconds)", "-f", script, url,
            ])
        return Sample(try InsertPeer.rate(output))
    }
}
