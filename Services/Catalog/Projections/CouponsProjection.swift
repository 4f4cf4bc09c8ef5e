internal import Database
internal import EventStore
internal import EventTypes
internal import JSON

/// The coupons and how often each was used.
struct CouponsProjection: Projection {
    static let title = "coupons"
    let name = CouponsProjection.title
    let tables = ["coupon"]
    let isPartitionable = true
    let definition = """
        create table coupon (
            id uuid primary key,
            merchant_id uuid not null,
            issue text not null,
            uses bigint not null,
            state text not null,
            version bigint not null
        );
        """
    let indexes = "create index coupon_merchant on coupon (merchant_id, id);"

    func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
        var statements: [SQL] = []
        for event in events where event.stream.category == Coupon.category {
            switch try event.decode(CouponEvent.self) {
            case .issued(let fact):
                statements.append(
                    """
                    insert into coupon (id, merchant_id, issue, uses, state, version)
                    values (\(fact.couponID), \(fact.merchantID), \(try JSON.text(fact)), 0,
                        \(CouponView.State.issued), \(event.version))
                    """)
            case .used: statements.append(change("uses = uses + 1", event))
            case .useReleased: statements.append(change("uses = uses - 1", event))
            case .revoked:
                statements.append(change("state = \(CouponView.State.revoked)", event))
            }
        }
        try await connection.pipelineExecute(statements)
    }

    private func change(_ change: SQL, _ event: RecordedEvent) -> SQL {
        """
        update coupon set \(change), version = \(event.version)
        where id = \(CouponID(String(event.stream.key)))
        """
    }
}
