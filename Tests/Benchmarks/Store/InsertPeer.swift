import Database
import Runtime

/// pgbench inserting single rows into a table of the log's shape.
struct InsertPeer: Sendable {
    let bench: Bench
    let url: String
    private let script: String

    /// Makes the table, in a database of its own.
    init(_ bench: Bench) async throws {
        self.bench = bench
        let configuration = try await bench.database(connections: 1)
        url = configuration.url
        script = bench.workshop.directory + "/insert-\(UInt32.random(in: 0...UInt32.max)).sql"
        let loop = EventLoop(name: "bench-peer")
        defer { loop.stop() }
        let pool = DatabasePool(configuration, loop: loop, logger: .bench, metrics: Metrics())
        try await pool.withConnection { try await $0.simple(Self.table) }
        await pool.close()
        try Workshop.write(Self.insert, to: script)
    }

    private static let table = """
        create sequence event_position cache 1;
        create table event (
            position bigint not null default nextval('event_position') primary key,
            stream text not null,
            version bigint not null default currval('event_position'),
            type text not null,
            form integer not null,
            id uuid not null,
            command_id uuid,
            recorded_at timestamptz not null,
            payload text not null,
            metadata text not null
        );
        create unique index on event (stream, version);
        """

    /// The payload and the metadata of one posting as the log writes them, without a colon before
    /// a word, which pgbench takes for one of its variables.
    private static let insert = #"""
        \set account random(0, 9999)
        insert into event (stream, type, form, id, recorded_at, payload, metadata) values (
            'account-' || :account, 'bench.posted', 1, gen_random_uuid(), clock_timestamp(),
            '{"amount_minor": 100,"balance_minor": 123400,"currency": "EUR","reference": "0198c7a5-2b1e-7c3a-9f00-1234567890ab","posted_at": "2026-01-02T03.04.05.678901Z"}',
            '{"correlation_id": "0198c7a5-2b1e-7c3a-9f00-1234567890ab","actor": "service-bench"}');
        """#

    /// - Returns: rows a second, and the mean time of one as the only percentile pgbench gives.
    func run(clients: Int, seconds: Int) async throws -> Sample {
        let output = try await bench.workshop.run(
            try PeerTools.postgresBinaries() + "/pgbench",
            [
                "-n", "-M", "prepared", "-c", "\(clients)", "-j", "\(min(clients, 2))", "-T",
                "\(seconds)", "-f", script, url,
            ])
        return Sample(try Self.rate(output))
    }

    /// The rate that pgbench reports.
    static func rate(_ output: String) throws -> Double {
        for line in output.split(separator: "\n") where line.hasPrefix("tps = ") {
            if let rate = Double(line.dropFirst(6).prefix { $0 != " " }) { return rate }
        }
        throw BenchError("pgbench reported no rate: \(output.suffix(300))")
    }
}
