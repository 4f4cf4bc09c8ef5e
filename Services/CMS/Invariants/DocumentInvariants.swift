internal import Database
internal import EventStore
internal import EventTypes
internal import JSON

/// What `verify` checks about documents.
enum DocumentInvariants {
    static let all = [publicVersionsExist, schedulesHaveTimers, slugsAreClaimed]

    private static let limit = InvariantResult.violationLimit
    private static let pageSize = 500

    private static func result(_ faults: [String], _ examined: Int) -> InvariantResult {
        faults.isEmpty ? .holds(examined: examined) : .violated(Array(faults.prefix(limit)))
    }

    /// What the public reads, and what it will read, is there.
    static let publicVersionsExist = Invariant(
        name: "every published or scheduled version exists, and every version before the newest"
    ) { context in
        let counts = try await context.pool.query(
            "select count(*) as documents from document", isReadOnly: true)
        let rows = try await context.pool.query(
            """
            select document.id, document.public_number, document.scheduled_number, document.latest
            from document
            where (public_number is not null and not exists (
                    select from document_version version
                    where version.document_id = document.id
                        and version.number = document.public_number
                        and version.slug = document.public_slug))
                or (scheduled_number is not null and not exists (
                    select from document_version version
                    where version.document_id = document.id
                        and version.number = document.scheduled_number))
                or latest <> (select count(*) from document_version version
                    where version.document_id = document.id)
            order by id limit \(limit)
            """, isReadOnly: true)
        let faults = try rows.map { row in
            "Document \(try row.get("id", as: DocumentID.self)) lacks a version that it shows."
        }
        return result(faults, try counts.first?.get("documents") ?? 0)
    }

    /// Nothing that was scheduled is forgotten, and no timer is without a schedule.
    static let schedulesHaveTimers = Invariant(
        name: "every scheduled release has its timer, and every timer its release"
    ) { context in
        let rows = try await context.pool.query(
            """
            select coalesce(document.id::text, timer.key) as id,
                document.scheduled_at is not distinct from timer.due as fits
            from (select * from document where scheduled_at is not null) document
            full join (select * from timer where kind = \(DocumentCommands.releaseTimer)) timer
                on timer.key = document.id::text
            """, isReadOnly: true)
        var faults: [String] = []
        for row in rows where try !row.get("fits", as: Bool.self) {
            let id = try row.get("id", as: String.self)
            faults.append("The schedule of document \(id) and its timer differ.")
        }
        return result(faults, rows.count)
    }

    /// Every document holds the slugs that its log says.
    static let slugsAreClaimed = Invariant(
        name: "every document folded from its log holds its slugs"
    ) { context in
        var faults: [String] = []
        var examined = 0
        var last = DocumentID(high: 0, low: 0)
        while faults.count < limit {
            let rows = try await context.pool.query(
                "select id from document where id > \(last) order by id limit \(pageSize)",
                isReadOnly: true)
            if rows.isEmpty { break }
            for row in rows {
                last = try row.get("id")
                examined += 1
                let state = try await context.store.load(Document.self, last).state
                let scope = DocumentCommands.slugScope(state.kind)
                for slug in state.heldSlugs.sorted()
                where try await context.store.claimant(scope, slug) != Document.stream(last) {
                    faults.append("Document \(last) does not hold the slug \(slug).")
                }
            }
        }
        return result(faults, examined)
    }
}
