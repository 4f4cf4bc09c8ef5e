internal import Database
internal import EventStore
internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit

/// People's accounts, for themselves and for staff.
struct PeopleRoutes: Sendable {
    let tools: UserTools

    var table: RouteTable {
        var routes = RouteTable(tag: "users")
        addOwn(to: &routes)
        addReading(to: &routes)
        addChanging(to: &routes)
        return routes
    }

    private func addOwn(to routes: inout RouteTable) {
        let administration = Administration(tools: tools)
        routes.get("/api/v1/users/me", "Your account", id: "me", access: .signedIn) {
            (call: Call<NoBody>) -> Reply<PersonView> in
            guard let view = try await view(of: try call.user().userID) else {
                throw SignIn.Refusal.wrongCredentials
            }
            return .ok(view)
        }
        routes.delete(
            "/api/v1/users/me", "Erase your account", id: "eraseMe", access: .signedIn,
            waitsFor: [PeopleProjection.readModel],
            description: "Destroys the key of everything personal about you, for good."
        ) { (call: Call<NoBody>) -> Reply<NoBody> in
            let committed = try await administration.erase(try call.user().userID, call.command)
            return .noContent(after: committed)
        }
    }

    private func addReading(to routes: inout RouteTable) {
        routes.get(
            "/api/v1/users", "List or find people", id: "listUsers",
            access: .roles([.admin, .support]),
            parameters: [.query("email", String.self, "Only the person with this address.")],
            problems: [.invalid], waitsFor: [PeopleProjection.readModel]
        ) { (call: Call<NoBody>) -> Reply<Page<PersonView>> in
            if let text = call.parameters["email"] { return .ok(try await find(text)) }
            return .ok(try await list(call.page))
        }
        routes.get(
            "/api/v1/users/{id}", "One person", id: "getUser", access: .signedIn,
            parameters: [.path("id", UserID.self, "Whose account it is.")],
            problems: [.notFound]
        ) { (call: Call<NoBody>) -> Reply<PersonView> in
            let caller = try call.user()
            let id: UserID = try call.path("id")
            guard id == caller.userID || caller.has(.admin, .support),
                let view = try await view(of: id)
            else { throw ProblemSlug.notFound.problem() }
            return .ok(view)
        }
    }

    private func addChanging(to routes: inout RouteTable) {
        let administration = Administration(tools: tools)
        let id = Parameter.path("id", UserID.self, "Whose account it is.")
        routes.put(
            "/api/v1/users/{id}/roles", "Say what a person may do", id: "changeRoles",
            access: .roles([.admin]), parameters: [id], problems: [.invalid, .notFound],
            waitsFor: [PeopleProjection.readModel],
            description: "Everybody stays a customer. The person must sign in again."
        ) { (call: Call<RolesBody>) -> Reply<PersonView> in
            let userID: UserID = try call.path("id")
            guard !call.body.roles.isEmpty else { throw Person.Refusal.lastRole }
            let committed = try await administration.change(
                roles: Set(call.body.roles), of: userID, by: try call.user().userID,
                call.command)
            return try await reply(userID).committed(committed)
        }
        routes.put(
            "/api/v1/users/{id}/kyc-level", "Say how well a person is known", id: "changeKYC",
            access: .roles([.admin, .support]), parameters: [id],
            problems: [.invalid, .notFound], waitsFor: [PeopleProjection.readModel]
        ) { (call: Call<KYCLevelBody>) -> Reply<PersonView> in
            let userID: UserID = try call.path("id")
            let reviewer = try call.user().userID
            guard userID != reviewer else {
                throw ProblemSlug.forbidden.problem("Nobody changes their own level.")
            }
            guard Person.kycLevels.contains(call.body.level) else {
                throw Person.Refusal.unknownLevel
            }
            let reason = call.body.reason ?? .manualReview
            let committed = try await administration.change(
                kycLevel: call.body.level, of: userID, by: reviewer, reason: reason.rawValue,
                call.command)
            return try await reply(userID).committed(committed)
        }
    }

    private func reply(_ userID: UserID) async throws -> Reply<PersonView> {
        guard let view = try await view(of: userID) else { throw ProblemSlug.notFound.problem() }
        return .ok(view)
    }

    /// The account as the log has it; nil for somebody who is not there, or not any more.
    private func view(of userID: UserID) async throws -> PersonView? {
        guard let sealing = try await tools.sealing(of: userID) else { return nil }
        let state = try await tools.store.load(Person.self, userID).state
        return try PersonView(state, sealing)
    }

    private func find(_ text: String) async throws -> Page<PersonView> {
        guard let email = EmailAddress(text) else {
            throw Problem.queryFault("email", "is not an e-mail address")
        }
        let owner = try await tools.owner(of: tools.digests.digest(of: email))
        guard let owner, let view = try await view(of: owner) else { return Page(items: []) }
        return Page(items: [view])
    }

    private func list(_ page: PageRequest) async throws -> Page<PersonView> {
        let after = try page.after(UserID.self) ?? UserID(high: 0, low: 0)
        let rows = try await tools.context.pool.query(
            """
            SELECT user_id, email_box, email_verified, roles, kyc_level, registered_at FROM people
            WHERE user_id > \(after) ORDER BY user_id LIMIT \(page.fetchLimit)
            """, isReadOnly: true)
        let ids = try rows.map { try $0.get("user_id", as: UserID.self) }
        let keys = try await tools.vault.keys(of: ids)
        // Who is erased at this moment has no key any more.
        let people = try zip(ids, rows).compactMap { id, row in
            try keys[id].map { try PersonView(row, tools.sealing(id, $0)) }
        }
        return try page.page(people, cursor: \.id, item: { $0 })
    }
}
