internal import HTTP
public import Runtime
public import ServiceKit

/// Pages, posts and media, from the first draft to what the public reads.
public enum CMSService: SoukService {
    public static let name = "cms"
    public static let summary = "Publishes pages, posts and media."
    public static let port = 8108
    public static let configuration: [AnyConfigurationKey] = CMSSettings.all

    /// A large file on a slow line takes its time; a stalled one is cut off by another limit.
    private static let longestUpload: Duration = .seconds(900)

    public static func build(_ context: ServiceContext) async throws -> Blueprint {
        let settings = context.configuration
        let keys = StandardKeys(name: name, port: port)
        let home = settings[keys.publicURL]
        let files = MediaStore(directory: settings[CMSSettings.mediaDirectory])
        let uploadLimit = settings[CMSSettings.mediaLimit]
        let routes = CMSRoutes(
            context: context,
            documents: DocumentCommands(
                store: context.store, ids: context.ids, clock: context.clock, home: home),
            media: MediaCommands(
                store: context.store, ids: context.ids, clock: context.clock,
                random: context.random, files: files, detector: TypeDetector(),
                limit: uploadLimit),
            queries: CMSQueries(pool: context.pool, store: context.store),
            signer: PreviewSigner(key: CMSSettings.previewSecret(context, keys)),
            site: Site(name: settings[CMSSettings.siteName], home: home),
            cache: RenderCache(home: home))
        var limits = HTTPLimits()
        limits.bodyBytes = max(limits.bodyBytes, uploadLimit)
        limits.total = longestUpload
        return Blueprint(
            projections: [DocumentsProjection(), MediaProjection()],
            publish: CMSPublications.map, timers: [ScheduledRelease.handler],
            routes: routes.table,
            invariants: DocumentInvariants.all + MediaInvariants(files: files).all,
            components: [
                (
                    "media",
                    MediaKeeper(
                        files: files, pool: context.pool, store: context.store,
                        loop: context.loop, clock: context.clock,
                        logger: context.logger.labelled("media"))
                )
            ], limits: limits)
    }
}
