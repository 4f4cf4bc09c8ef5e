import Database
import EventStore
import Runtime

/// A log of millions of events, made by SQL in one go, one stream of it long.
struct LargeLog: Sendable {
    let configuration: DatabaseConfiguration
    let events: Int
    /// Events of the stream `account-long`, the last ones of the log.
    let longStream: Int

    static let accounts = 10_000

    /// The one of the run.
    static func shared(_ bench: Bench) async throws -> LargeLog {
        let events = bench.amount(5_000_000, quick: 500_000)
        return try await bench.once("large log") {
            try await make(bench, events: events, long: 100_000)
        }
    }

    /// A new one.
    static func make(_ bench: Bench, events: Int, long: Int) async throws -> LargeLog {
        bench.say("    filling a log with \(Report.number(Double(events))) events")
        let log = try await BenchLog.empty(bench)
        try await log.pool.withConnection {
            try await $0.simple(fill(events: events, long: long))
            try await $0.simple("vacuum analyze \(BenchLog.schema).event_p1")
            // What follows is not to wait for the server to write this down.
            try await $0.simple("checkpoint")
        }
        await log.close()
        return LargeLog(configuration: log.configuration, events: events, longStream: long)
    }

    /// The rows are written before the indexes are made, into the partition as the log makes it.
    private static func fill(events: Int, long: Int) -> String {
        """
        begin;
        set local maintenance_work_mem = '512MB';
        drop table event_p1;
        create table event_p1 (like event including defaults);
        insert into event_p1
        select n, 'account-' || case when l > 0 then 'long' else (n % \(accounts))::text end, v,
            'bench.posted', 1, md5(n::text)::uuid, null,
            timestamptz '2026-01-01' + n * interval '1 ms',
            '{"amount_minor":100,"balance_minor":' || v * 100 || ',"currency":"EUR","reference":"'
                || md5(n::text)::uuid || '","posted_at":"2026-01-02T03:04:05.678901Z"}',
            '{"correlation_id":"' || md5(n::text)::uuid || '","actor":"service:bench"}'
        from (
            select n, n - \(events - long) as l,
                case when n > \(events - long) then n - \(events - long)
                    when n % \(accounts) = 0 then n / \(accounts)
                    else n / \(accounts) + 1 end as v
            from generate_series(1, \(events)) as n) as numbered;
        alter table event_p1 add primary key (position);
        create unique index on event_p1 (stream, version);
        alter table event attach partition event_p1 for values from (1) to (10000001);
        create trigger event_is_final before update or delete or truncate on event_p1
            for each statement execute function refuse_change();
        insert into stream (id, category, version)
        select stream, 'account', max(version) from event_p1 group by stream;
        update log_head set position = \(events);
        commit;
        """
    }
}
