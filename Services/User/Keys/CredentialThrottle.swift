internal import Crypto
internal import Database
internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit

/// One limit for everything that tries or makes credentials: registering, asking for codes,
/// verifying, signing in. Each attempt counts for the account that it names, whether there is such
/// an account or not, and for the address that it comes from.
///
/// The counts are in the database, so that they hold for all replicas and over restarts. They
/// follow GCRA: `attempts` at once, and then one more in each `window / attempts`.
struct CredentialThrottle: Sendable {
    struct Limit: Sendable {
        let attempts: Int
        let window: Duration

        /// What one attempt uses up.
        var interval: Duration { window / attempts }
    }

    private let pool: DatabasePool
    private let clock: any WallClock
    private let key: [UInt8]
    let account: Limit
    let address: Limit

    init(
        pool: DatabasePool, clock: any WallClock, master: MasterKey, account: Limit, address: Limit
    ) {
        self.pool = pool
        self.clock = clock
        key = master.key(for: "throttle")
        self.account = account
        self.address = address
    }

    /// Counts an attempt.
    ///
    /// - Throws: `Problem` 429 when there were too many; such an attempt is not counted.
    func admit(account digest: String, address client: String) async throws {
        let now = clock.now()
        let rows = try await pool.pipeline([
            Self.counting(bucket("account", digest), account, now),
            Self.counting(bucket("address", client), address, now),
        ])
        var free = now
        for (row, limit) in zip(rows.compactMap(\.first), [account, address]) {
            if try row.get("counted") { continue }
            let arrival: Timestamp? = try row.get("arrival")
            let next = arrival.map { $0 - (limit.window - limit.interval) }
            free = max(free, next ?? now, now + .seconds(1))
        }
        guard free > now else { return }
        let wait = (free.since(now).inMilliseconds + 999) / 1_000
        var problem = ProblemSlug.tooManyRequests.problem(
            "There were too many attempts. Try again in \(wait) seconds.")
        problem.headers.set("Retry-After", "\(wait)")
        throw problem
    }

    /// Takes back the attempt of somebody who proved to be the account's owner.
    func forgive(account digest: String) async throws {
        try await pool.execute(
            """
            UPDATE credential_throttle
            SET arrival = arrival - \(microseconds: account.interval)
            WHERE bucket = \(bucket("account", digest))
            """)
    }

    /// Drops counts that limit nobody any more.
    func sweep() async throws {
        try await pool.execute("DELETE FROM credential_throttle WHERE arrival < \(clock.now())")
    }

    /// Moves the bucket's theoretical arrival time unless it is too far ahead; answers whether it
    /// did, and the time as it was before.
    private static func counting(_ bucket: [UInt8], _ limit: Limit, _ now: Timestamp) -> SQL {
        let interval: SQL = "\(microseconds: limit.interval)"
        let latest = now + (limit.window - limit.interval)
        return """
            WITH counted AS (
                INSERT INTO credential_throttle AS t (bucket, arrival)
                VALUES (\(bucket), \(now) + \(interval))
                ON CONFLICT (bucket)
                DO UPDATE SET arrival = greatest(t.arrival, \(now)) + \(interval)
                WHERE t.arrival <= \(latest)
                RETURNING 1)
            SELECT EXISTS (SELECT FROM counted) AS counted,
                (SELECT arrival FROM credential_throttle WHERE bucket = \(bucket)) AS arrival
            """
    }

    /// Neither accounts nor addresses can be read from the table.
    private func bucket(_ kind: String, _ name: String) -> [UInt8] {
        HMAC.sha256(key: key, message: Array("\(kind) \(name)".utf8))
    }
}

extension SQL.StringInterpolation {
    /// Binds a length of time as an interval.
    fileprivate mutating func appendInterpolation(microseconds duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        appendInterpolation("(\(microseconds)::int8 * interval '1 microsecond')" as SQL)
    }
}
