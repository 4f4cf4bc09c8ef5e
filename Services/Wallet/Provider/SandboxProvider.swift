internal import EventTypes
internal import HTTP
internal import JSON

/// The sandbox over its HTTP interface.
struct SandboxProvider: PaymentProvider {
    static let timeout = Duration.seconds(10)
    static let mostResponseBytes = 65_536
    static let signatureHeader = "Sandbox-Signature"

    let name = "sandbox"
    private let url: String
    private let key: String
    private let signatures: WebhookSignatureCheck
    private let send: @Sendable (HTTPClientRequest) async throws -> HTTPClientResponse

    init(
        url: String, key: String, webhookSecret: String,
        send: @escaping @Sendable (HTTPClientRequest) async throws -> HTTPClientResponse
    ) {
        self.url = url
        self.key = key
        signatures = WebhookSignatureCheck(secret: webhookSecret)
        self.send = send
    }

    // MARK: Calls

    private struct Creation: Encodable {
        let amount: Money
        let reference: String
        let destination: String?
    }

    func submit(_ order: PaymentOrder) async throws(PaymentProviderError) -> ProviderReport {
        let body: [UInt8]
        do {
            body = try JSON.encode(
                Creation(
                    amount: order.amount, reference: order.subject.reference,
                    destination: order.destination))
        } catch {
            throw .unavailable("\(error)")
        }
        return try await call(
            HTTPClientRequest(
                .post, url + order.subject.path,
                headers: [
                    "Content-Type": "application/json",
                    "Idempotency-Key": order.subject.reference,
                ], body: .bytes(body)))
    }

    func fetch(
        _ reference: String, of subject: PaymentSubject
    ) async throws(PaymentProviderError) -> ProviderReport {
        guard SandboxPayment.isName(reference) else { throw .unavailable("not a payment's name") }
        return try await call(HTTPClientRequest(.get, "\(url)\(subject.path)/\(reference)"))
    }

    private struct Refusal: Decodable {
        let detail: String?
    }

    private func call(
        _ request: HTTPClientRequest
    ) async throws(PaymentProviderError) -> ProviderReport {
        var request = request
        request.headers.set("Authorization", "Bearer \(key)")
        request.timeout = Self.timeout
        let status: Int
        let body: [UInt8]
        do {
            let response = try await send(request)
            status = response.status.code
            body = try await response.body.collect(upTo: Self.mostResponseBytes)
        } catch {
            throw .unavailable("\(error)")
        }
        switch status {
        case 200, 201:
            do {
                return try JSON.decode(SandboxPayment.self, from: body).report()
            } catch {
                throw .unavailable("an answer that cannot be read: \(error)")
            }
        case 402:
            let refusal = try? JSON.decode(Refusal.self, from: body)
            let detail = (refusal?.detail ?? "").filter { !$0.isNewline }.prefix(200)
            throw .refused(detail.isEmpty ? "refused_by_provider" : String(detail))
        default:
            // Anything else may pass, and says nothing about whether the payment was taken.
            throw .unavailable("status \(status)")
        }
    }

    // MARK: Webhooks

    private struct Event: Codable {
        let id: String
        let type: String
        var data: SandboxPayment
    }

    func notice(
        _ headers: HTTPHeaders, _ body: [UInt8], at now: Timestamp
    ) throws(WebhookRefusal) -> ProviderEventReceived {
        let sent = headers.all(Self.signatureHeader)
        guard sent.count == 1, signatures.accepts(sent[0], body, at: now) else {
            throw .signature
        }
        var event: Event
        let report: ProviderReport
        do throws(JSONError) {
            event = try JSON.decode(Event.self, from: body, limits: .request)
        } catch {
            throw .malformed(pointer: error.pointer, error.message)
        }
        guard SandboxPayment.isName(event.id) else {
            throw .malformed(pointer: "/id", "must be 1 to 100 letters, digits, _ or -")
        }
        guard event.type.utf8.count <= 64 else {
            throw .malformed(pointer: "/type", "must have at most 64 bytes")
        }
        guard SandboxPayment.isName(event.data.id), event.data.reference.utf8.count <= 128 else {
            throw .malformed(pointer: "/data/id", "must be 1 to 100 letters, digits, _ or -")
        }
        report = event.data.report()
        event.data.destination = nil
        return ProviderEventReceived(
            provider: name, eventName: event.id, kind: event.type,
            reference: event.data.reference, report: report,
            body: (try? JSON.text(event)) ?? "", receivedAt: now)
    }
}

/// A payment as the sandbox shows it.
struct SandboxPayment: Codable, Sendable {
    let id: String
    let amount: Money
    let reference: String
    var destination: String?
    let checkoutURL: String?
    let status: PaymentStatus
    let reason: String?

    enum CodingKeys: String, CodingKey {
        case id, amount, reference, destination
        case checkoutURL = "checkout_url"
        case status, reason
    }

    func report() -> ProviderReport {
        ProviderReport(
            providerReference: id, status: status, amount: amount,
            reason: reason.map { String($0.filter { !$0.isNewline }.prefix(200)) },
            checkoutURL: checkoutURL.flatMap { $0.utf8.count <= 2_048 ? $0 : nil })
    }

    /// What may stand in a path and in the name of a stream.
    static func isName(_ text: String) -> Bool {
        (1...100).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

extension PaymentSubject {
    fileprivate var path: String {
        switch self {
        case .withdrawal: "/v1/payouts"
        case .deposit: "/v1/deposits"
        }
    }
}
