internal import EventStore
internal import EventTypes
internal import HTTP
internal import ServiceKit

extension CatalogRoutes {
    private static let projection = [ListingsProjection.title]

    var reservations: RouteTable {
        var routes = RouteTable(tag: "reservations")
        routes.post(
            "/internal/v1/reservations", "Set pieces aside for a while", id: "reserveStock",
            access: Self.sellers, problems: [.outOfStock, .productDelisted],
            waitsFor: Self.projection
        ) { (call: Call<ReserveStock>) -> Reply<ReservationView> in
            .created(try await commands.reserve(call.body, call.command))
        }
        routes.post(
            "/internal/v1/reservations/{id}/fulfil", "Sell what was set aside",
            id: "fulfilReservation", access: Self.sellers, parameters: [Self.reservationID],
            idempotency: .optional, problems: [.reservationEnded], waitsFor: Self.projection,
            success: 200
        ) { (call: Call<NoBody>) -> Reply<ReservationView> in
            .ok(try await commands.fulfil(call.path("id"), call.command))
        }
        routes.post(
            "/internal/v1/reservations/{id}/release", "Give back what was set aside",
            id: "releaseReservation", access: Self.sellers, parameters: [Self.reservationID],
            idempotency: .optional, waitsFor: Self.projection, success: 200
        ) { (call: Call<NoBody>) -> Reply<ReservationView> in
            .ok(try await commands.release(call.path("id"), call.command))
        }
        return routes
    }

    private static let reservationID = Parameter.path(
        "id", ReservationID.self, "The reservation.")
}
