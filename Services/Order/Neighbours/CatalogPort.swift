internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit

/// What this service asks of the catalogue.
struct CatalogPort: Sendable {
    /// How long a cart waits to learn present prices.
    static let briefTimeout: Duration = .seconds(1)

    private struct Product: Decodable, Sendable {
        let id: ProductID
        let merchantID: MerchantID
        let title: String
        let price: Money
        let state: String
        let available: Int64

        enum CodingKeys: String, CodingKey {
            case id
            case merchantID = "merchant_id"
            case title, price, state, available
        }
    }

    private struct Reserve: Encodable, Sendable {
        let productID: ProductID
        let quantity: Int64
        let orderID: OrderID
        let expiresInSeconds: Int64

        enum CodingKeys: String, CodingKey {
            case productID = "product_id"
            case quantity
            case orderID = "order_id"
            case expiresInSeconds = "expires_in_seconds"
        }
    }

    private struct Reservation: Decodable, Sendable {
        let id: ReservationID
    }

    /// What came of asking for pieces.
    enum Reserved: Sendable, Equatable {
        case made(ReservationID)
        case refused(reason: String)
    }

    let neighbour: Neighbour

    /// - Returns: nil when there is no such product.
    /// - Throws: `NeighbourError`.
    func product(
        _ id: ProductID, timeout: Duration = Neighbour.defaultTimeout
    ) async throws -> Offered? {
        do {
            let product: Product = try await neighbour.get(
                "/api/v1/products/\(id)", timeout: timeout)
            return Offered(
                productID: product.id, merchantID: product.merchantID, title: product.title,
                price: product.price, isListed: product.state == "listed",
                available: product.available)
        } catch let error as NeighbourError where error.status == 404 {
            return nil
        }
    }

    /// Several products at once.
    ///
    /// - Returns: those that there are.
    /// - Throws: `NeighbourError`.
    func products(
        _ ids: [ProductID], timeout: Duration = Neighbour.defaultTimeout
    ) async throws -> [ProductID: Offered] {
        try await withThrowingTaskGroup(of: Offered?.self) { group in
            for id in ids { group.addTask { try await product(id, timeout: timeout) } }
            var found: [ProductID: Offered] = [:]
            for try await product in group {
                if let product { found[product.productID] = product }
            }
            return found
        }
    }

    /// Sets pieces aside; a repeat with the same key finds what the first one made.
    ///
    /// - Throws: `NeighbourError` when it cannot be told whether they are set aside.
    func reserve(
        _ item: CheckoutItem, for order: OrderID, seconds: Int64, key: String
    ) async throws -> Reserved {
        do {
            let made: Reservation = try await neighbour.send(
                .post, "/internal/v1/reservations",
                Reserve(
                    productID: item.productID, quantity: item.quantity, orderID: order,
                    expiresInSeconds: seconds),
                idempotencyKey: key)
            return .made(made.id)
        } catch let error as NeighbourError where error.isRefusal {
            switch error.slug {
            case "out-of-stock": return .refused(reason: "out_of_stock")
            case "product-delisted", "invalid-request":
                return .refused(reason: "product_unavailable")
            default: throw error
            }
        }
    }

    /// - Returns: false when the pieces are not set aside any more.
    /// - Throws: `NeighbourError`.
    func fulfil(_ id: ReservationID) async throws -> Bool {
        do {
            let _: Reservation = try await neighbour.send(
                .post, "/internal/v1/reservations/\(id)/fulfil", NoBody(),
                idempotencyKey: CheckoutNames.fulfilKey(id))
            return true
        } catch let error as NeighbourError where error.isRefusal {
            guard error.slug == "reservation-ended" || error.status == 404 else { throw error }
            return false
        }
    }

    /// Afterwards nothing is set aside under this identifier.
    ///
    /// - Throws: `NeighbourError`.
    func release(_ id: ReservationID) async throws {
        do {
            let _: Reservation = try await neighbour.send(
                .post, "/internal/v1/reservations/\(id)/release", NoBody(),
                idempotencyKey: CheckoutNames.releaseKey(id))
        } catch let error as NeighbourError where error.isRefusal {
            guard error.slug == "reservation-ended" || error.status == 404 else { throw error }
        }
    }
}

extension NeighbourError {
    /// Whether it was understood and not wanted: nothing was done, nor will be when asked again.
    var isRefusal: Bool {
        guard code == .refused, let status else { return false }
        return (400..<500).contains(status) && !Self.passing.contains(status)
            && !(slug.map(Self.passingSlugs.contains) ?? false)
    }

    /// What is wrong with the moment, not with the request: a token that is not valid by the
    /// other's clock or keys, a time that ran out, a limit.
    private static let passing: Set<Int> = [401, 408, 425, 429]
    /// The same request is still being handled, as when its first answer was lost; or the other
    /// lost a race. Both pass.
    private static let passingSlugs: Set<String> = ["request-in-progress", "conflict"]
}
