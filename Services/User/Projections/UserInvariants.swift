internal import Database
internal import EventStore

/// What is true of every healthy deployment of this service.
enum UserInvariants {
    static let all: [Invariant] = [
        invariant(
            "every person has a key, and every key a person",
            examined: "SELECT count(*) AS n FROM people",
            violations: """
                SELECT coalesce(p.user_id, k.subject)::text AS id FROM people p
                FULL JOIN subject_keys k ON k.subject = p.user_id
                WHERE p.user_id IS NULL OR k.subject IS NULL
                """),
        invariant(
            "every address belongs to one person, and every person has one",
            examined: "SELECT count(*) AS n FROM stream_claim WHERE scope = 'email'",
            violations: """
                SELECT coalesce(c.stream, 'user-' || p.user_id) AS id FROM people p
                FULL JOIN (
                    SELECT stream, count(*) AS n FROM stream_claim
                    WHERE scope = 'email' GROUP BY stream
                ) c ON c.stream = 'user-' || p.user_id
                WHERE p.user_id IS NULL OR c.n IS DISTINCT FROM 1
                """),
    ]

    private static func invariant(_ name: String, examined: SQL, violations: SQL) -> Invariant {
        Invariant(name: name) { context in
            let limited: SQL = "\(violations) LIMIT \(InvariantResult.violationLimit)"
            let rows = try await context.pool.query(limited, isReadOnly: true)
            if !rows.isEmpty { return .violated(try rows.map { try $0.get("id") }) }
            let count = try await context.pool.query(examined, isReadOnly: true)
            return .holds(examined: try count.first?.get("n") ?? 0)
        }
    }
}
