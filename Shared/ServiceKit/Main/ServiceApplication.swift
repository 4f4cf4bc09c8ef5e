package import Crypto
package import HTTP
package import JSON
internal import Runtime

/// A service put together, without anything that runs: what `serve` puts behind its server and
/// tests call directly.
package struct ServiceApplication: Sendable {
    package let context: ServiceContext
    package let blueprint: Blueprint
    /// Answers every request, the built-in endpoints included.
    package let handler: HTTPHandler
    /// The OpenAPI document.
    package let document: JSONValue
    let readiness: Readiness

    /// What decides who is let in.
    package struct Trust: Sendable {
        /// Who signs access tokens.
        package var issuer: String
        /// Where their public keys come from.
        package var accessKeys: @Sendable () async throws -> JWKSet
        package var serviceKeys: ServiceKeyDirectory
        /// What cursors are signed with; the same in every replica.
        package var cursorSecret: [UInt8]

        package init(
            issuer: String, accessKeys: @escaping @Sendable () async throws -> JWKSet,
            serviceKeys: ServiceKeyDirectory, cursorSecret: [UInt8]
        ) {
            self.issuer = issuer
            self.accessKeys = accessKeys
            self.serviceKeys = serviceKeys
            self.cursorSecret = cursorSecret
        }
    }

    /// - Parameters:
    ///   - operations: the routes for operators, where there is something to operate.
    ///   - onBreach: called when a handler answers something that its route does not document.
    package init<Service: SoukService>(
        _ service: Service.Type, context: ServiceContext, blueprint: Blueprint, trust: Trust,
        publicURL: String, operations: RouteTable? = nil, logsRequests: Bool = true,
        onBreach: (@Sendable (String) -> Void)? = nil
    ) throws {
        self.context = context
        self.blueprint = blueprint
        var routes = blueprint.routes
        if let operations { routes.include(operations) }
        document = OpenAPIDocument(
            service: Service.name, summary: Service.summary, publicURL: publicURL,
            routes: routes.routes
        ).make()
        readiness = Readiness()
        let endpoints = Endpoints(
            readiness: readiness, measurements: context.metrics,
            document: try JSON.encode(document))
        let pipeline = RequestPipeline(
            routes: routes.routes, fallback: blueprint.fallback,
            authenticator: Authenticator(
                name: Service.name,
                accessKeys: AccessKeyCache(
                    issuer: trust.issuer, clock: context.clock, logger: context.logger,
                    source: blueprint.accessKeys ?? trust.accessKeys),
                serviceKeys: trust.serviceKeys, clock: context.clock),
            around: RequestPipeline.Surroundings(
                name: Service.name, clock: context.clock, ids: context.ids,
                logger: context.logger, metrics: context.metrics, tracer: context.tracer,
                waiter: context.waiter, store: context.store,
                cursorSecret: trust.cursorSecret, logsRequests: logsRequests),
            onBreach: onBreach)
        handler = blueprint.middleware.around { request in
            // Asked first whether it may: a call that can wait costs more than the question.
            if Endpoints.isOwn(request) { return await endpoints.respond(to: request) }
            return await pipeline.respond(to: request)
        }
    }
}
