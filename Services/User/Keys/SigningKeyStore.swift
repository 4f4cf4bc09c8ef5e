internal import Crypto
internal import Database
internal import EventTypes
internal import Runtime
internal import Synchronization

/// The keys that sign access tokens, shared by all replicas through a table, where they are sealed.
///
/// The next key is made and published long before it signs, the one before stays published until
/// the last token that it signed has expired. Whoever reads the keys does what is due of that.
final class SigningKeyStore: Sendable {
    /// How long a key signs.
    static let period: Duration = .seconds(30 * 86_400)
    /// How long a key is published before it signs, at least: longer than anybody keeps a key set.
    static let notice: Duration = .seconds(600)
    /// How long what was read counts.
    static let freshness: Duration = .seconds(30)
    /// One writer at a time: a number that nobody else locks.
    private static let lock: Int64 = 0x736f_756b_6b65_7973

    /// The keys as of one reading.
    private struct Edition {
        let keys: [(key: SigningKey, signsFrom: Timestamp)]
        let readAt: Timestamp
        /// What is published while the key of the same place signs: asked for far more often than
        /// anything changes.
        private let published: [JWKSet]

        init(keys: [(key: SigningKey, signsFrom: Timestamp)], readAt: Timestamp) {
            self.keys = keys
            self.readAt = readAt
            let all = keys.map(\.key.publicJWK)
            published = all.indices.map { current in
                JWKSet(keys: [all[current]] + all[..<current] + all[(current + 1)...])
            }
        }

        /// The newest key whose time has come.
        func current(_ now: Timestamp) -> SigningKey? { index(now).map { keys[$0].key } }

        func published(_ now: Timestamp) -> JWKSet {
            index(now).map { published[$0] } ?? JWKSet(keys: [])
        }

        private func index(_ now: Timestamp) -> Int? {
            keys.lastIndex { $0.signsFrom <= now } ?? keys.indices.first
        }
    }

    private let pool: DatabasePool
    private let clock: any WallClock
    private let random: any RandomSource
    private let wrap: [UInt8]
    /// How long a key is published after it signed last.
    private let overlap: Duration
    private let edition = Mutex<Edition?>(nil)

    /// - Parameter tokenLifetime: of access tokens.
    init(
        pool: DatabasePool, clock: any WallClock, random: any RandomSource, master: MasterKey,
        tokenLifetime: Duration
    ) {
        self.pool = pool
        self.clock = clock
        self.random = random
        wrap = master.key(for: "signing keys")
        overlap = tokenLifetime + Self.notice
    }

    /// Signs with the key whose turn it is.
    func signer() async throws -> JWTSigner {
        let keys = try await present()
        guard let key = keys.current(clock.now()) else {
            preconditionFailure("reading the keys makes the first one")
        }
        return JWTSigner(key: key)
    }

    /// The public keys: those before, the current and the next, the current one first.
    func published() async throws -> JWKSet {
        try await present().published(clock.now())
    }

    /// Lets the next key sign as soon as everybody can know it.
    ///
    /// - Returns: from when on.
    func rotate() async throws -> Timestamp {
        _ = try await read()
        let from = clock.now() + Self.notice
        try await pool.execute(
            "UPDATE signing_keys SET signs_from = \(from) WHERE signs_from > \(from)")
        edition.withLock { $0 = nil }
        return from
    }

    private func present() async throws -> Edition {
        let now = clock.now()
        if let edition = edition.withLock({ $0 }), now < edition.readAt + Self.freshness {
            return edition
        }
        let read = try await read()
        edition.withLock { $0 = read }
        return read
    }

    private func read() async throws -> Edition {
        let now = clock.now()
        return try await pool.withTransaction { connection in
            _ = try await connection.query("SELECT pg_advisory_xact_lock(\(Self.lock))")
            let rows = try await connection.query(
                "SELECT key_id, box, signs_from FROM signing_keys ORDER BY signs_from")
            var keys = try rows.map { row in
                (key: try open(row), signsFrom: try row.get("signs_from", as: Timestamp.self))
            }
            for start in Self.missing(keys.map(\.signsFrom), now) {
                let key = SigningKey.generate()
                try await connection.execute(keeping(key, from: start))
                keys.append((key, start))
            }
            for old in Self.expired(keys.map(\.signsFrom), overlap, now) {
                try await connection.execute("DELETE FROM signing_keys WHERE signs_from = \(old)")
                keys.removeAll { $0.signsFrom == old }
            }
            return Edition(keys: keys, readAt: now)
        }
    }

    /// When the keys that must be made begin to sign: one now where none does, and one next.
    static func missing(_ starts: [Timestamp], _ now: Timestamp) -> [Timestamp] {
        let first = starts.contains { $0 <= now } ? [] : [now]
        if starts.contains(where: { $0 > now }) { return first }
        let latest = starts.last ?? now
        return first + [max(latest + period, now + notice)]
    }

    /// The keys whose successor signs for so long that nothing of theirs is valid any more.
    static func expired(
        _ starts: [Timestamp], _ overlap: Duration, _ now: Timestamp
    ) -> [Timestamp] {
        zip(starts, starts.dropFirst()).filter { $1 + overlap <= now }.map { $0.0 }
    }

    private func keeping(_ key: SigningKey, from start: Timestamp) throws -> SQL {
        let box = try AuthenticatedBox.seal(
            Array(key.privatePEM().utf8), key: wrap, associatedData: Self.place(of: key.keyID),
            random: random)
        return """
            INSERT INTO signing_keys (key_id, box, signs_from)
            VALUES (\(key.keyID), \(box), \(start))
            """
    }

    private func open(_ row: Row) throws -> SigningKey {
        let name: String = try row.get("key_id")
        let pem = try AuthenticatedBox.open(
            row.get("box"), key: wrap, associatedData: Self.place(of: name))
        return try SigningKey(pem: String(decoding: pem, as: UTF8.self))
    }

    /// A box is of no use in another key's row.
    private static func place(of keyID: String) -> [UInt8] { Array("signing key \(keyID)".utf8) }
}
