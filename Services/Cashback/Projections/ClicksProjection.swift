internal import Database
internal import EventStore
internal import EventTypes

/// Who left through which offer, and when. Clicks of erased people belong to nobody any more.
struct ClicksProjection: Projection {
    let name = "clicks"
    let tables = ["clicks"]
    let definition = """
        create table clicks (
            click_id uuid primary key,
            offer_id uuid not null,
            merchant_id uuid not null,
            network text not null,
            user_id uuid,
            terms_version integer not null,
            clicked_at timestamptz not null,
            source text,
            number bigint not null
        );
        """
    let indexes = "create index clicks_of_user on clicks (user_id, number desc);"

    func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
        var clicks: [ClickID: (fact: ClickRecorded, number: Int64)] = [:]
        var erased: [UserID] = []
        for event in events {
            if let fact = try event.payload(ClickRecorded.self) {
                clicks[fact.clickID] = (fact, event.position)
            } else if let fact = try event.payload(OwnerErased.self) {
                erased.append(fact.userID)
            }
        }
        if !clicks.isEmpty { try await insert(Array(clicks.values), connection) }
        if !erased.isEmpty {
            try await connection.execute(
                "update clicks set user_id = null where user_id = any(\(erased))")
        }
    }

    private func insert(
        _ rows: [(fact: ClickRecorded, number: Int64)], _ connection: Connection
    ) async throws {
        let clicks = rows.map(\.fact)
        try await connection.execute(
            """
            insert into clicks
                (click_id, offer_id, merchant_id, network, user_id, terms_version, clicked_at,
                source, number)
            select * from unnest(
                \(clicks.map(\.clickID)), \(clicks.map(\.offerID)), \(clicks.map(\.merchantID)),
                \(clicks.map(\.network)), \(clicks.map(\.userID)),
                \(clicks.map { Int32($0.terms.version) }), \(clicks.map(\.clickedAt)),
                \(clicks.map(\.source?.rawValue)), \(rows.map(\.number)))
            on conflict (click_id) do nothing
            """)
    }
}
