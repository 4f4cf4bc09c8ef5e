internal import Database
internal import EventStore
internal import EventTypes

/// The products with their stock, as they are found and shown, and the reservations of pieces.
struct ListingsProjection: Projection {
    static let title = "listings"
    let name = ListingsProjection.title
    let tables = ["product", "reservation"]
    let isPartitionable = true
    let definition = """
        create table product (
            id uuid primary key,
            merchant_id uuid not null,
            sku text not null,
            title text not null,
            description text not null,
            category_id uuid,
            price_minor bigint not null,
            currency text not null,
            price_band integer not null,
            on_hand bigint not null,
            reserved bigint not null,
            state text not null,
            version bigint not null,
            words tsvector not null
        ) with (fillfactor = 85);
        create table reservation (
            id text primary key,
            product_id uuid not null,
            quantity bigint not null,
            expires_at timestamptz not null,
            order_id uuid,
            state text not null
        ) with (fillfactor = 85);
        """
    let indexes = """
        create index product_words on product using gin (words);
        create index product_merchant on product (merchant_id, id);
        create index product_sku on product (sku, merchant_id);
        create index product_category on product (category_id, id);
        create index reservation_open on reservation (product_id) where state = 'open';
        """

    func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
        let events = try events.filter { $0.stream.category == Product.category }.map {
            ($0, try $0.decode(ProductEvent.self))
        }
        if events.isEmpty { return }
        var fold = ListingFold()
        let products = Set(events.compactMap { ProductID(String($0.0.stream.key)) }).sorted()
        let ended = events.compactMap { ListingFold.endedReservation($0.1) }
        try await fold.read(products: products, reservations: ended, on: connection)
        for (event, fact) in events {
            guard let id = ProductID(String(event.stream.key)) else { continue }
            fold.add(fact, to: id, version: event.version)
        }
        try await fold.write(on: connection)
    }
}
