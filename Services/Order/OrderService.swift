internal import Database
internal import EventTypes
public import Runtime
public import ServiceKit

/// Carts, the checkout that makes them orders, and what becomes of orders.
public enum OrderService: SoukService {
    public static let name = "order"
    public static let summary = "Keeps carts and turns them into orders that are paid once."
    public static let port = 8104

    static let timeLimit = ConfigurationKey<Duration>.duration(
        "SOUK_CHECKOUT_TIME_LIMIT", in: .seconds(1) ... .seconds(3_600), default: .seconds(60),
        help: "How long a checkout may take until it goes back.")

    static let guestCartLifetime = ConfigurationKey<Duration>.duration(
        "SOUK_GUEST_CART_LIFETIME", in: .seconds(60) ... .seconds(31_536_000),
        default: .seconds(2_592_000),
        help: "How long a guest's cart is kept after its last change.")

    public static let configuration: [AnyConfigurationKey] = [
        .init(timeLimit), .init(guestCartLifetime),
    ]
    public static let neighbours = [
        NeighbourKey("catalog", "http://127.0.0.1:8103"),
        NeighbourKey("wallet", "http://127.0.0.1:8102"),
        NeighbourKey("user", "http://127.0.0.1:8101"),
    ]

    public static func build(_ context: ServiceContext) async throws -> Blueprint {
        let (store, pool, clock, ids) = (context.store, context.pool, context.clock, context.ids)
        let catalog = CatalogPort(neighbour: context.neighbour("catalog"))
        let wallet = WalletPort(neighbour: context.neighbour("wallet"))
        let checkouts = Checkouts(
            store: store, clock: clock, ids: ids, timeLimit: context.configuration[timeLimit])
        let orders = Orders(store: store, clock: clock, ids: ids)
        let process = CheckoutProcess(
            store: store, checkouts: checkouts,
            work: CheckoutWork(catalog: catalog, wallet: wallet), clock: clock,
            logger: context.logger.labelled("checkouts"), metrics: context.metrics)
        let refunds = RefundProcess(
            store: store, orders: orders, wallet: wallet, clock: clock,
            logger: context.logger.labelled("refunds"))
        let checkoutRunner = process.runner(on: context.loop)
        let refundRunner = refunds.runner(on: context.loop)
        let carts = Carts(
            store: store, clock: clock, ids: ids, random: context.random,
            guestLifetime: context.configuration[guestCartLifetime])
        var routes = CartRoutes(carts: carts, catalog: catalog).table
        routes.include(
            CheckoutRoutes(
                checkouts: checkouts, runner: checkoutRunner, store: store, pool: pool
            ).table)
        routes.include(
            OrderRoutes(orders: orders, runner: refundRunner, store: store, pool: pool).table)
        return Blueprint(
            projections: [CheckoutsProjection(), OrdersProjection()],
            publish: OrderPublications.map,
            subscriptions: [PersonPolicy.subscription(context.subjectKeys)],
            timers: [
                process.timer(checkoutRunner), refunds.timer(refundRunner), Carts.expiry,
            ],
            routes: routes, invariants: OrderInvariants.all,
            components: [
                ("checkouts", checkoutRunner), ("refunds", refundRunner),
                (
                    "checkout-recovery",
                    CheckoutRecovery(pool: pool, clock: clock, runner: checkoutRunner)
                ),
                (
                    "checkout-meter",
                    CheckoutMeter(pool: pool, metrics: context.metrics, loop: context.loop)
                ),
            ])
    }
}
