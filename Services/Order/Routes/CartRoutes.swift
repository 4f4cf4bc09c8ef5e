internal import EventStore
internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit

/// Carts: a guest's by its token, and one's own.
struct CartRoutes: Sendable {
    struct SetLine: Decodable, Sendable {
        let quantity: Int64
    }

    struct Merge: Decodable, Sendable {
        let cartID: CartID
        let token: String

        enum CodingKeys: String, CodingKey {
            case cartID = "cart_id"
            case token
        }
    }

    private static let cartID = Parameter.path("id", CartID.self, "The cart.")
    private static let productID = Parameter.path(
        "product_id", ProductID.self, "The product.")
    private static let token = Parameter.header(
        "Cart-Token", "What was told when the cart was made.", required: true)
    private static let lineProblems: [ProblemSlug] = [
        .notFound, .cartClosed, .cartFull, .currencyMixed, .productDelisted,
    ]

    let carts: Carts
    let catalog: CatalogPort

    var table: RouteTable {
        var routes = RouteTable(tag: "carts")
        addGuest(to: &routes)
        addOwn(to: &routes)
        return routes
    }

    private func addGuest(to routes: inout RouteTable) {
        routes.post(
            "/api/v1/carts", "Make a cart without an account", id: "openCart", access: .open,
            idempotency: .none,
            description: "The token is told this once; it is needed for everything else."
        ) { (call: Call<NoBody>) -> Reply<OpenedCartView> in
            let (id, token, position) = try await carts.open(call.command)
            var reply = Reply.created(
                OpenedCartView(
                    id: id, token: token, version: 1, state: .open, lines: [], problems: []),
                location: "/api/v1/carts/\(id)")
            reply.position = position
            return reply.header("ETag", "\"1\"").header("Cache-Control", "no-store")
        }
        routes.get(
            "/api/v1/carts/{id}", "Read a guest's cart", id: "readGuestCart", access: .open,
            parameters: [Self.cartID, Self.token], problems: [.notFound]
        ) { call -> Reply<CartView> in
            try await show(try await guest(call), nil)
        }
        routes.put(
            "/api/v1/carts/{id}/lines/{product_id}", "Put a product into a guest's cart",
            id: "setGuestCartLine", access: .open,
            parameters: [Self.cartID, Self.productID, Self.token], ifMatch: .optional,
            problems: Self.lineProblems
        ) { (call: Call<SetLine>) -> Reply<CartView> in
            let cart = try await guest(call)
            return try await set(call, cart, of: nil) { try await guest(call) }
        }
        routes.delete(
            "/api/v1/carts/{id}/lines/{product_id}", "Take a product out of a guest's cart",
            id: "removeGuestCartLine", access: .open,
            parameters: [Self.cartID, Self.productID, Self.token], ifMatch: .optional,
            problems: [.notFound, .cartClosed], success: 200
        ) { (call: Call<NoBody>) -> Reply<CartView> in
            let cart = try await guest(call)
            let position = try await carts.remove(
                call.path("product_id"), from: cart.id, of: nil, ifMatch: call.ifMatch,
                call.command)
            return try await show(try await guest(call), position)
        }
    }

    private func addOwn(to routes: inout RouteTable) {
        routes.get("/api/v1/cart", "Read your cart", id: "readCart", access: .signedIn) {
            call -> Reply<CartView> in
            try await show(try await carts.own(call.user().userID), nil)
        }
        routes.put(
            "/api/v1/cart/lines/{product_id}", "Put a product into your cart",
            id: "setCartLine", access: .signedIn, parameters: [Self.productID],
            ifMatch: .optional, problems: Self.lineProblems
        ) { (call: Call<SetLine>) -> Reply<CartView> in
            let user = try call.user().userID
            let cart = try await carts.own(user)
            return try await set(call, cart, of: user) { try await carts.own(user) }
        }
        routes.delete(
            "/api/v1/cart/lines/{product_id}", "Take a product out of your cart",
            id: "removeCartLine", access: .signedIn, parameters: [Self.productID],
            ifMatch: .optional, problems: [.cartClosed], success: 200
        ) { (call: Call<NoBody>) -> Reply<CartView> in
            let user = try call.user().userID
            let position = try await carts.remove(
                call.path("product_id"), from: CheckoutNames.cart(of: user), of: user,
                ifMatch: call.ifMatch, call.command)
            return try await show(try await carts.own(user), position)
        }
        routes.post(
            "/api/v1/cart/merge", "Add a guest's cart to yours", id: "mergeCart",
            access: .signedIn, idempotency: .optional, problems: [.notFound, .cartClosed],
            description: """
                Quantities are added, up to the limits; `problems` says what was left out. \
                The guest's cart is closed. A repeat changes nothing.
                """, success: 200
        ) { (call: Call<Merge>) -> Reply<CartView> in
            let user = try call.user().userID
            let position = try await carts.merge(
                call.body.cartID, token: call.body.token, into: user, call.command)
            return try await show(
                try await carts.own(user), position, merged: call.body.cartID)
        }
    }

    private func guest<Body>(_ call: Call<Body>) async throws -> Carts.Found {
        try await carts.guest(
            call.path("id"), token: call.request.headers["Cart-Token"] ?? "")
    }

    private func set(
        _ call: Call<SetLine>, _ cart: Carts.Found, of owner: UserID?,
        _ reload: @Sendable () async throws -> Carts.Found
    ) async throws -> Reply<CartView> {
        let id: ProductID = try call.path("product_id")
        guard (1...Cart.mostPieces).contains(call.body.quantity) else {
            throw Cart.Refusal.quantityOutOfRange
        }
        let others = cart.state.lines.map(\.productID).filter { $0 != id }
        async let known = offers(others)
        guard let product = try await catalog.product(id) else {
            throw ProblemSlug.notFound.problem("There is no such product.")
        }
        guard product.isListed else { throw ProblemSlug.productDelisted.problem() }
        let position = try await carts.set(
            CartLine(
                productID: id, merchantID: product.merchantID, title: product.title,
                quantity: call.body.quantity, unitPrice: product.price),
            in: cart.id, of: owner, ifMatch: call.ifMatch, call.command)
        var offered = await known
        offered?[id] = product
        return Self.reply(CartView(try await reload(), offered), position)
    }

    private func show(
        _ cart: Carts.Found, _ position: Int64?, merged: CartID? = nil
    ) async throws -> Reply<CartView> {
        let offered = await offers(cart.state.lines.map(\.productID))
        return Self.reply(CartView(cart, offered, merged: merged), position)
    }

    /// - Returns: nil when the catalogue does not answer: a cart can be looked at without it.
    private func offers(_ ids: [ProductID]) async -> [ProductID: Offered]? {
        if ids.isEmpty { return [:] }
        return try? await catalog.products(ids, timeout: CatalogPort.briefTimeout)
    }

    /// The tag is the version that changes are meant for; prices change without it, so it is not
    /// for telling a reader that nothing has changed.
    private static func reply(_ view: CartView, _ position: Int64?) -> Reply<CartView> {
        var reply = Reply.ok(view).header("ETag", "\"\(view.version)\"")
            .header("Cache-Control", "no-store")
        reply.position = position.flatMap { $0 > 0 ? $0 : nil }
        return reply
    }
}
