public import Runtime
public import ServiceKit

/// Clicks to shops, the sales that come of them, and what those earn.
public enum CashbackService: SoukService {
    public static let name = "cashback"
    public static let summary = "Tracks clicks and sales, and what they earn their customers."
    public static let port = 8105

    /// What click identifiers and links are signed with.
    public static let clickKey = ConfigurationKey<String>(
        "SOUK_CLICK_KEY",
        help: "What click identifiers are signed with, at least 32 bytes, the same for ever; best "
            + "as SOUK_CLICK_KEY_FILE.", isSecret: true
    ) { text in
        guard text.utf8.count >= 32 else { throw Expectation("a text of at least 32 bytes") }
        return text
    }

    public static let configuration: [AnyConfigurationKey] = [
        .init(clickKey), .init(NetworkKeys.setting),
    ]

    public static func build(_ context: ServiceContext) async throws -> Blueprint {
        let settings = context.configuration
        let signer = ClickSigner(secret: Array(settings[clickKey].utf8))
        let keys = settings[NetworkKeys.setting]
        let store = context.store
        let clock = context.clock
        var routes = ClickRoutes.make(
            context,
            record: RecordClick(store: store, clock: clock, ids: context.ids, signer: signer),
            publicURL: settings[StandardKeys(name: name, port: port).publicURL])
        routes.include(
            PostbackRoutes.make(
                ReceivePostback(store: store, clock: clock, signer: signer, keys: keys)))
        routes.include(
            StatementRoutes.make(
                context, ImportStatement(store: store, clock: clock, signer: signer)))
        routes.include(
            NetworkRoutes.make(context, ConfigureNetwork(store: store, keys: keys)))
        routes.include(ConversionRoutes.make(context))
        return Blueprint(
            projections: [
                ClicksProjection(), ConversionsProjection(), OffersProjection(),
                NetworksProjection(),
            ],
            publish: CashbackPublications.map,
            subscriptions: CashbackPolicies.all + [
                OrderPolicy(recording: OrderRecording(signer: signer), clock: clock).subscription
            ],
            routes: routes, invariants: CashbackInvariants.all)
    }
}
