internal import Crypto
internal import Database
internal import EventTypes
internal import Runtime

/// Keeps the key of each person, sealed under the master key, in a table of its own: a key in the
/// log could never be destroyed.
struct SubjectKeyVault: Sendable {
    private let pool: DatabasePool
    private let wrap: [UInt8]
    private let random: any RandomSource

    init(pool: DatabasePool, master: MasterKey, random: any RandomSource) {
        self.pool = pool
        wrap = master.key(for: "subject keys")
        self.random = random
    }

    /// A new key, kept nowhere yet.
    func generate() -> SubjectKey { SubjectKey.generate(random: random) }

    /// The person's key; nil when there is none or it was destroyed.
    func key(of subject: UserID) async throws -> SubjectKey? {
        try await keys(of: [subject])[subject]
    }

    /// The keys of those people who have one.
    func keys(of subjects: [UserID]) async throws -> [UserID: SubjectKey] {
        if subjects.isEmpty { return [:] }
        let rows = try await pool.query(
            "SELECT subject, box FROM subject_keys WHERE subject = ANY(\(subjects))",
            isReadOnly: true)
        var keys: [UserID: SubjectKey] = [:]
        for row in rows {
            let subject: UserID = try row.get("subject")
            let bytes = try AuthenticatedBox.open(
                row.get("box"), key: wrap, associatedData: Self.place(of: subject))
            keys[subject] = SubjectKey(bytes)
        }
        return keys
    }

    /// Keeps a new person's key; part of the unit that registers them.
    func keeping(_ key: SubjectKey, of subject: UserID) throws -> SQL {
        let box = try AuthenticatedBox.seal(
            key.bytes, key: wrap, associatedData: Self.place(of: subject), random: random)
        return "INSERT INTO subject_keys (subject, box) VALUES (\(subject), \(box))"
    }

    /// Destroys a person's key; part of the unit that erases them.
    func destroying(keyOf subject: UserID) -> SQL {
        "DELETE FROM subject_keys WHERE subject = \(subject)"
    }

    /// A box is of no use in another person's row.
    private static func place(of subject: UserID) -> [UInt8] {
        Array("subject key of \(subject)".utf8)
    }
}
