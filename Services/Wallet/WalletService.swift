internal import Database
internal import EventStore
internal import EventTypes
internal import HTTP
public import Runtime
public import ServiceKit

/// Keeps the ledger: who has what, and every movement of money.
public enum WalletService: SoukService {
    public static let name = "wallet"
    public static let summary = "Keeps the ledger: cashback, holds, deposits and payouts."
    public static let port = 8102

    static let providerURL = ConfigurationKey<String>.url(
        "SOUK_PROVIDER_URL", default: "http://127.0.0.1:8190",
        help: "Where the payment provider is.")
    static let providerKey = ConfigurationKey<String>.string(
        "SOUK_PROVIDER_KEY", help: "What calls to the payment provider carry.", isSecret: true)
    static let webhookSecret = ConfigurationKey<String>.string(
        "SOUK_PROVIDER_WEBHOOK_SECRET", help: "What the provider signs webhooks with.",
        isSecret: true)
    static let pollInterval = ConfigurationKey<Duration>.duration(
        "SOUK_PROVIDER_POLL_INTERVAL", in: .milliseconds(100) ... .seconds(3_600),
        default: .seconds(5),
        help: "How long after sending a payment the provider is asked about it.")

    public static let configuration: [AnyConfigurationKey] = [
        .init(providerURL), .init(providerKey), .init(webhookSecret), .init(pollInterval),
    ]
    public static let neighbours = [NeighbourKey("user", "http://127.0.0.1:8101")]

    public static func build(_ context: ServiceContext) async throws -> Blueprint {
        let configuration = context.configuration
        let http = context.http
        return blueprint(
            context,
            provider: SandboxProvider(
                url: configuration[providerURL], key: configuration[providerKey],
                webhookSecret: configuration[webhookSecret],
                send: { request in try await http.send(request) }))
    }

    /// The whole service over some provider.
    static func blueprint(
        _ context: ServiceContext, provider: any PaymentProvider
    ) -> Blueprint {
        let process = PaymentProcess(
            provider: provider, keys: context.subjectKeys,
            interval: context.configuration[pollInterval],
            logger: context.logger.labelled("payments"))
        return Blueprint(
            migrations: [
                Migration("m0001_tables", PackageResources.m0001_tables_sql)
            ],
            projections: [
                BalancesProjection(), StatementProjection(), TransactionsProjection(),
                WithdrawalsProjection(), ProviderEventsProjection(),
            ],
            publish: { event in try WalletPublications.map(event) },
            subscriptions: [
                CashbackPolicy(clock: context.clock).subscription,
                CustomerPolicy.subscription(context.subjectKeys),
            ],
            timers: [HoldExpiry.handler, process.handler],
            routes: routes(context, provider), invariants: LedgerInvariants.all)
    }

    private static func routes(
        _ context: ServiceContext, _ provider: any PaymentProvider
    ) -> RouteTable {
        let (store, pool, clock, ids) = (context.store, context.pool, context.clock, context.ids)
        var routes = RouteTable(tag: "wallet")
        routes.include(AccountRoutes(pool: pool, clock: clock).table)
        routes.include(DepositRoutes(store: store, clock: clock, ids: ids).table)
        routes.include(
            WithdrawalRoutes(
                store: store, pool: pool, clock: clock, ids: ids, random: context.random,
                keys: context.subjectKeys
            ).table)
        routes.include(TransferRoutes(store: store, clock: clock, ids: ids).table)
        routes.include(ReviewRoutes(store: store, pool: pool, clock: clock).table)
        routes.include(ProviderEventRoutes(store: store, pool: pool, clock: clock).table)
        routes.include(HoldRoutes(store: store, clock: clock, ids: ids).table)
        routes.include(
            WebhookRoutes(
                provider: provider, store: store, clock: clock,
                logger: context.logger.labelled("webhooks")
            ).table)
        return routes
    }
}
