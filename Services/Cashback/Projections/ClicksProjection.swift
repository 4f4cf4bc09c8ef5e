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
            clicked_at timestamptz not null
        );
        """
    let indexes = "create index clicks_of_user on clicks (user_id, click_id desc);"

    func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
        var clicks: [ClickID: ClickRecorded] = [:]
        var erased: [UserID] = []
        for event in events {
            if let fact = try event.payload(ClickRecorded.self) {
                clicks[fact.clickID] = fact
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

    private func insert(_ clicks: [ClickRecorded], _ connection: Connection) async throws {
        try await connection.execute(
            """
            insert into clicks
                (click_id, offer_id, merchant_id, network, user_id, terms_version, clicked_at)
            select * from unnest(
                \(clicks.map(\.clickID)), \(clicks.map(\.offerID)), \(clicks.map(\.merchantID)),
                \(clicks.map(\.network)), \(clicks.map(\.userID)),
                \(clicks.map { Int32($0.terms.version) }), \(clicks.map(\.clickedAt)))
            on conflict (click_id) do nothing
            """)
    }
}
