internal import EventStore
internal import EventTypes
internal import HTTP
internal import JSON
internal import Runtime
internal import ServiceKit

/// Where providers tell how payments go.
struct WebhookRoutes: Sendable {
    static let mostBodyBytes = 65_536

    let provider: any PaymentProvider
    let store: any EventStore
    let clock: any WallClock
    let logger: Logger

    var table: RouteTable {
        var routes = RouteTable(tag: "webhooks")
        routes.raw(
            .post, "/webhooks/payments", "Hear from the payment provider", id: "paymentWebhook",
            access: .open, consumes: ["application/json"], success: 204,
            problems: [.badSignature], bodyLimit: Self.mostBodyBytes,
            description: """
                Signed by the provider over the body and a time that may be five minutes off. An \
                event is handled once, however often it is sent.
                """
        ) { call in
            let body = try await call.request.body.collect(upTo: Self.mostBodyBytes)
            let notice: ProviderEventReceived
            do throws(WebhookRefusal) {
                notice = try provider.notice(call.request.headers, body, at: clock.now())
            } catch {
                throw Self.problem(error)
            }
            let outcome = try await store.commit(call.command) { unit in
                try await ProviderNotices.receive(notice, in: unit)
            }
            if outcome.result == .parked {
                logger.error(
                    "a provider's event fits no payment and is parked",
                    ["event": notice.eventName, "kind": notice.kind])
            }
            return HTTPResponse(.noContent)
        }
        return routes
    }

    private static func problem(_ refusal: WebhookRefusal) -> Problem {
        switch refusal {
        case .signature: ProblemSlug.badSignature.problem()
        case .malformed(let pointer, let fault): .bodyFault(pointer, fault)
        }
    }
}
