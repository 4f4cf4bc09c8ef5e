public import ServiceKit

/// Carts, the checkout that makes them orders, and what becomes of orders.
public enum OrderService: SoukService {
    public static let name = "order"
    public static let summary = "Keeps carts and turns them into orders that are paid once."
    public static let port = 8104

    public static func build(_ context: ServiceContext) async throws -> Blueprint {
        Blueprint(routes: RouteTable(tag: "order"))
    }
}
