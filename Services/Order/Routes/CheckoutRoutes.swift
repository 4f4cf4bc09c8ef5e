internal import Database
internal import EventStore
internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit

/// From a cart to an order.
struct CheckoutRoutes: Sendable {
    struct Begin: Decodable, Sendable {
        let expectedTotal: Money
        let clickID: String?

        enum CodingKeys: String, CodingKey {
            case expectedTotal = "expected_total"
            case clickID = "click_id"
        }
    }

    /// The longest that an answer waits for the end of a checkout, in seconds.
    static let longestWait = 10
    /// The longest click identifier that is taken.
    static let longestClick = 512
    private static let checkoutID = Parameter.path("id", CheckoutID.self, "The checkout.")
    private static let prefer = Parameter.header(
        "Prefer", "`wait=5` waits so many seconds, at most \(longestWait), for the end (RFC 7240).")
    private static let projection = [CheckoutsProjection.title]

    let checkouts: Checkouts
    let runner: ProcessRunner<CheckoutID>
    let store: any EventStore
    let pool: DatabasePool

    var table: RouteTable {
        var routes = RouteTable(tag: "checkouts")
        addStart(to: &routes)
        addReview(to: &routes)
        routes.get(
            "/api/v1/checkouts/{id}", "See how far a checkout is", id: "readCheckout",
            access: .signedIn, parameters: [Self.checkoutID, Self.prefer],
            problems: [.notFound]
        ) { call -> Reply<CheckoutView> in
            let id: CheckoutID = try call.path("id")
            let user = try call.user()
            var (state, version) = try await store.load(Checkout.self, id)
            guard state.request?.userID == user.userID || user.has(.admin, .support) else {
                throw ProblemSlug.notFound.problem()
            }
            let wait = Self.wait(call.request.headers)
            if wait > .zero, !state.phase.isOver {
                await runner.wait(for: id, atMost: wait)
                (state, version) = try await store.load(Checkout.self, id)
            }
            guard let view = CheckoutView(state) else { throw ProblemSlug.notFound.problem() }
            return .ok(view).etag(version)
        }
        return routes
    }

    private func addStart(to routes: inout RouteTable) {
        routes.post(
            "/api/v1/checkouts", "Buy what is in your cart", id: "startCheckout",
            access: .signedIn, parameters: [Self.prefer],
            problems: [.cartEmpty, .cartClosed, .checkoutRunning],
            description: """
                Confirms price and stock, holds the money, places the order, takes the money: \
                started → confirmed → held → placed → paid → completed. Whatever goes wrong \
                before the money is taken leads to failing → failed, with everything given back \
                and the `reason`: price_changed, out_of_stock, product_unavailable, \
                insufficient_funds, wallet_closed, hold_expired, timed_out or refused.
                """, success: 202
        ) { (call: Call<Begin>) -> Reply<CheckoutView> in
            try Self.check(call.body)
            let user = try call.user().userID
            let committed = try await checkouts.start(
                Checkouts.Wanted(
                    userID: user, expectedTotal: call.body.expectedTotal,
                    clickID: call.body.clickID),
                call.command)
            let id = committed.result
            if !committed.isRepeat { runner.begin(id, cause: call.command.metadata, isFirst: true) }
            let wait = Self.wait(call.request.headers)
            if wait > .zero { await runner.wait(for: id, atMost: wait) }
            let state = try await store.load(Checkout.self, id).state
            guard let view = CheckoutView(state) else { throw ProblemSlug.notFound.problem() }
            let reply = Reply.accepted(view).committed(committed)
                .header("Location", "/api/v1/checkouts/\(id)")
            if wait == .zero { return reply }
            return reply.header("Preference-Applied", "wait=\(wait.components.seconds)")
        }
    }

    private func addReview(to routes: inout RouteTable) {
        routes.get(
            "/api/v1/checkouts/review", "List the checkouts that have not ended, oldest first",
            id: "reviewCheckouts", access: .roles([.admin, .support]),
            parameters: [
                .query("state", oneOf: ReviewState.self, "Only those in this state.")
            ], waitsFor: Self.projection
        ) { call -> Reply<Page<CheckoutReviewView>> in
            let state = try call.query("state", oneOf: ReviewState.self)
            let after = try call.page.after(CheckoutID.self)
            let rows = try await pool.query(
                """
                select * from checkout where not is_over
                    and (\(state?.rawValue)::text is null or state = \(state?.rawValue)
                        or (is_stuck and \(state?.rawValue) = 'stuck'))
                    and (\(after)::uuid is null or checkout_id > \(after))
                order by checkout_id limit \(call.page.fetchLimit)
                """, isReadOnly: true)
            return .ok(
                try call.page.page(
                    rows, cursor: { row in try row.get("checkout_id", as: CheckoutID.self) },
                    item: { row in try CheckoutReviewView(row) }))
        }
        routes.post(
            "/api/v1/checkouts/{id}/retry", "Let a checkout try again now", id: "retryCheckout",
            access: .roles([.admin]), parameters: [Self.checkoutID], idempotency: .optional,
            problems: [.notFound, .wrongState], waitsFor: Self.projection, success: 200
        ) { (call: Call<NoBody>) -> Reply<CheckoutView> in
            let id: CheckoutID = try call.path("id")
            let committed = try await checkouts.retry(id, by: call.user().userID, call.command)
            runner.begin(id)
            await runner.wait(for: id, atMost: .seconds(5))
            let state = try await store.load(Checkout.self, id).state
            guard let view = CheckoutView(state) else { throw ProblemSlug.notFound.problem() }
            return Reply.ok(view).committed(committed)
        }
    }

    /// What a checkout that has not ended may be.
    enum ReviewState: String, CaseIterable, Sendable {
        case started, confirmed, held, placed, paid, failing, stuck
    }

    private static func check(_ body: Begin) throws {
        guard body.expectedTotal.isPositive else {
            throw Problem.bodyFault("/expected_total/amount_minor", "must be more than zero")
        }
        guard let click = body.clickID else { return }
        let isClick = click.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        guard (1...longestClick).contains(click.utf8.count), isClick else {
            throw Problem.bodyFault(
                "/click_id", "must be 1 to \(longestClick) visible ASCII characters")
        }
    }

    /// `wait` of RFC 7240 §4.3; nothing where it is absent or malformed: preferences are wishes.
    static func wait(_ headers: HTTPHeaders) -> Duration {
        for preference in headers.list("Prefer") {
            let parts = preference.split(separator: "=", maxSplits: 1).map { part in
                part.filter { $0 != " " && $0 != "\t" && $0 != "\"" }
            }
            guard parts.count == 2, parts[0].lowercased() == "wait",
                let seconds = Int(parts[1].prefix { $0 != ";" }), seconds > 0
            else { continue }
            return .seconds(min(seconds, longestWait))
        }
        return .zero
    }
}
