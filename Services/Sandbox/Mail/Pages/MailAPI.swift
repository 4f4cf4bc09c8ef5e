internal import Crypto
internal import HTTP
internal import JSON

/// The mails that were caught, as a page for people and as JSON for programs.
///
/// Everybody who reaches the sandbox may read them. What changes something is asked for with PUT
/// and DELETE, which pages of other origins cannot send.
struct MailAPI: Sendable {
    static let defaultLimit = 50
    static let largestLimit = 500
    /// A listing ends early once its messages have this many bytes.
    static let listingBytes = 16 << 20
    static let mostBodyBytes = 65_536
    static let mostPlans = 100

    typealias Operation = @Sendable (HTTPRequest) async throws -> HTTPResponse

    private let store: MailStore
    private let faults: MailFaults
    private var router = Router<Operation>()

    init(store: MailStore, faults: MailFaults) {
        self.store = store
        self.faults = faults
        addReading()
        addControls()
    }

    /// Whether a request is for these routes.
    static func isResponsible(for path: String) -> Bool {
        path == "/mail" || path.hasPrefix("/mail/")
    }

    /// Answers every request, its faults as problem documents.
    func respond(to request: HTTPRequest) async -> HTTPResponse {
        do {
            switch router.match(request.method, request.path) {
            case .found(let operation, let parameters):
                var request = request
                request.parameters = parameters
                var response = try await operation(request)
                response.headers.set("Cache-Control", "no-store")
                response.headers.set("X-Content-Type-Options", "nosniff")
                response.headers.set("Referrer-Policy", "no-referrer")
                return response
            case .methodNotAllowed(let methods):
                var problem = Problem.bare(405)
                problem.headers.set("Allow", methods.map(\.rawValue).joined(separator: ", "))
                throw problem
            case .notFound: throw Problem.bare(404)
            }
        } catch let error as any ProblemConvertible {
            return error.problem.response()
        } catch {
            return Problem.bare(500).response()
        }
    }

    // MARK: Reading

    private mutating func addReading() {
        router.add(.get, "/mail") { [store] request in
            Self.page(request, store)
        }
        router.add(.get, "/mail/messages") { [store] request in
            let query = request.query
            let mails = store.list(
                to: query["to"], after: query["after"], limit: try Self.limit(query["limit"]))
            return try Self.listing(mails, isFromStart: query["after"] != nil)
        }
        router.add(.get, "/mail/messages/{id}") { [store] request in
            try .json(MailView(try Self.mail(request, store)), status: .ok)
        }
        router.add(.get, "/mail/messages/{id}/raw") { [store] request in
            let mail = try Self.mail(request, store)
            var response = HTTPResponse.bytes(mail.text, type: "message/rfc822", status: .ok)
            response.headers.set(
                "Content-Disposition", "attachment; filename=\"\(mail.id).eml\"")
            return response
        }
    }

    private static func mail(_ request: HTTPRequest, _ store: MailStore) throws -> CaughtMail {
        guard let mail = store.mail(request.parameters["id"] ?? "") else {
            throw Problem.bare(404)
        }
        return mail
    }

    private static func limit(_ text: String?) throws -> Int {
        guard let text else { return defaultLimit }
        guard let limit = Int(text), (1...largestLimit).contains(limit) else {
            throw Problem("invalid-request", 422, "limit must be from 1 to \(largestLimit)")
        }
        return limit
    }

    /// As many of the mails as an answer may hold, those nearest to where the reader stands.
    private static func listing(_ mails: [CaughtMail], isFromStart: Bool) throws -> HTTPResponse {
        var bytes = 0
        func fits(_ mail: CaughtMail) -> Bool {
            defer { bytes += mail.text.count }
            return bytes == 0 || bytes + mail.text.count <= listingBytes
        }
        let kept: [CaughtMail]
        if isFromStart {
            kept = Array(mails.prefix(while: fits))
        } else {
            kept = mails.reversed().prefix(while: fits).reversed()
        }
        return try .json(["items": kept.map(MailView.init)], status: .ok)
    }

    private static func page(_ request: HTTPRequest, _ store: MailStore) -> HTTPResponse {
        let query = request.query
        let nonce = RandomToken.make(bytes: 16)
        let recipient = query["to"].flatMap { $0.isEmpty ? nil : $0 }
        let mails = store.list(to: recipient, after: nil, limit: MailStore.mostMails)
        let page = MailPage(
            mails: mails.reversed(), total: store.count, recipient: recipient,
            selected: query["id"].flatMap { store.mail($0) } ?? mails.last,
            view: query["view"].flatMap(MailPage.View.init), nonce: nonce)
        var response = HTTPResponse.bytes(
            Array(page.html.utf8), type: "text/html; charset=utf-8", status: .ok)
        response.headers.set("Content-Security-Policy", MailPage.policy(nonce))
        return response
    }

    // MARK: Controls

    private struct FaultPlan: Codable {
        let items: [MailFaults.Plan]
    }

    private mutating func addControls() {
        router.add(.delete, "/mail/messages") { [store] _ in
            store.removeAll()
            return HTTPResponse(204)
        }
        router.add(.get, "/mail/faults") { [faults] _ in
            try .json(FaultPlan(items: faults.pending), status: .ok)
        }
        router.add(.put, "/mail/faults") { [faults] request in
            let body = try await request.body.collect(upTo: Self.mostBodyBytes)
            let plan: FaultPlan
            do throws(JSONError) {
                plan = try JSON.decode(FaultPlan.self, from: body, limits: .request)
            } catch {
                throw Self.fault(error.pointer, error.message)
            }
            guard plan.items.count <= Self.mostPlans else {
                throw Self.fault("/items", "must have at most \(Self.mostPlans) items")
            }
            for (index, item) in plan.items.enumerated()
            where !(1...1_000_000).contains(item.remaining) {
                throw Self.fault("/items/\(index)/remaining", "must be from 1 to 1000000")
            }
            faults.set(plan.items)
            return try .json(FaultPlan(items: faults.pending), status: .ok)
        }
    }

    private static func fault(_ pointer: String, _ detail: String) -> Problem {
        Problem(
            "invalid-request", 422, "The request is wrong",
            errors: [Problem.FieldFault(pointer, detail)])
    }
}
