internal import EventTypes
internal import Runtime
internal import ServiceKit

/// Makes the steps of a checkout: asks the neighbours, and says what came of it. Writes nothing.
struct CheckoutWork: Sendable {
    /// How often stock that was given up by the catalogue is set aside anew.
    private static let mostTurns = 5

    let catalog: CatalogPort
    let wallet: WalletPort

    /// - Parameters:
    ///   - isFirst: whether nobody can have tried this step before.
    ///   - isCancelled: whether the order was cancelled since it was paid.
    func make(
        _ step: CheckoutStep, _ state: Checkout.State, isFirst: Bool, isCancelled: Bool
    ) async -> Checkout.Outcome? {
        guard let request = state.request else { return nil }
        do {
            switch step {
            case .confirm: return try await confirm(request, isFirst: isFirst)
            case .hold: return try await hold(request, state)
            case .capture: return try await capture(state)
            case .fulfil:
                return isCancelled
                    ? try await giveBack(request, state) : try await fulfil(request, state)
            case .releaseHold: return try await releaseHold(request, state)
            case .releaseStock: return try await releaseStock(request, state)
            }
        } catch let error as NeighbourError where error.isRefusal {
            return .refused(step, problem: Self.text(error))
        } catch let error as NeighbourError {
            return .noAnswer(step, problem: Self.text(error))
        } catch {
            return nil
        }
    }

    /// At most 200 characters, for people.
    static func text(_ error: NeighbourError) -> String {
        let name = error.slug ?? "\(error.code)"
        return String(
            "\(error.neighbour): \(name) \(error.status.map { "(\($0))" } ?? "")".prefix(200))
    }

    // MARK: Forward

    private func confirm(
        _ request: CheckoutStarted, isFirst: Bool
    ) async throws -> Checkout.Outcome {
        let products = try await catalog.products(request.items.map(\.productID))
        let pricing = CheckoutPricing.check(
            request.items, expecting: request.expectedTotal, products)
        switch pricing {
        case .refused(let reason):
            return .notConfirmed(
                reason: reason, stock: [],
                unresolved: isFirst ? [] : request.items.map(\.productID))
        case .agreed(let lines, let total):
            let results = await reserve(request)
            var stock: [ReservedStock] = []
            var unresolved: [ProductID] = []
            var reason: String?
            var failure: NeighbourError?
            for (item, result) in zip(request.items, results) {
                switch result {
                case .success(.made(let id)):
                    stock.append(ReservedStock(productID: item.productID, reservationID: id))
                case .success(.refused(let why)): reason = reason ?? why
                case .failure(let error):
                    unresolved.append(item.productID)
                    failure = failure ?? error
                }
            }
            if let reason {
                return .notConfirmed(reason: reason, stock: stock, unresolved: unresolved)
            }
            if let failure { throw failure }
            return .confirmed(lines, total, stock)
        }
    }

    /// Sets everything aside at once; the results in the order of the items.
    private func reserve(
        _ request: CheckoutStarted
    ) async -> [Result<CatalogPort.Reserved, NeighbourError>] {
        await withTaskGroup(
            of: (Int, Result<CatalogPort.Reserved, NeighbourError>).self
        ) { group in
            for (index, item) in request.items.enumerated() {
                group.addTask { (index, await reserve(item, request)) }
            }
            var results: [Int: Result<CatalogPort.Reserved, NeighbourError>] = [:]
            for await (index, result) in group { results[index] = result }
            return request.items.indices.compactMap { results[$0] }
        }
    }

    private func reserve(
        _ item: CheckoutItem, _ request: CheckoutStarted
    ) async -> Result<CatalogPort.Reserved, NeighbourError> {
        do {
            return .success(try await reserve(item, request, turn: 0))
        } catch let error as NeighbourError {
            return .failure(error)
        } catch {
            return .failure(NeighbourError(.unavailable, neighbour: "catalog", reason: "\(error)"))
        }
    }

    private func reserve(
        _ item: CheckoutItem, _ request: CheckoutStarted, turn: Int
    ) async throws -> CatalogPort.Reserved {
        try await catalog.reserve(
            item, for: request.orderID, seconds: request.holdSeconds,
            key: CheckoutNames.reserveKey(request.checkoutID, item.productID, turn: turn))
    }

    private func hold(
        _ request: CheckoutStarted, _ state: Checkout.State
    ) async throws -> Checkout.Outcome? {
        guard let total = state.total else { return nil }
        switch try await wallet.hold(request, total) {
        case .made(let id): return .held(id)
        case .refused(let reason): return .notHeld(reason: reason)
        }
    }

    private func capture(_ state: Checkout.State) async throws -> Checkout.Outcome? {
        guard let total = state.total, let id = state.holdID else { return nil }
        return Self.outcome(try await wallet.capture(id, total), of: id)
    }

    private static func outcome(_ end: WalletPort.Ended, of id: HoldID) -> Checkout.Outcome {
        switch end {
        case .captured: .captured(id)
        case .given(let reason): .holdGone(reason: reason)
        }
    }

    private func fulfil(
        _ request: CheckoutStarted, _ state: Checkout.State
    ) async throws -> Checkout.Outcome {
        try await withThrowingTaskGroup(of: Checkout.Outcome?.self) { group in
            for item in request.items {
                guard case .reserved(let id) = state.stock[item.productID] else { continue }
                group.addTask { try await fulfil(item, id, request) }
            }
            for try await refusal in group {
                if let refusal { return refusal }
            }
            return .fulfilled
        }
    }

    /// - Returns: nil once the pieces are sold.
    private func fulfil(
        _ item: CheckoutItem, _ first: ReservationID, _ request: CheckoutStarted
    ) async throws -> Checkout.Outcome? {
        var id = first
        for turn in 1...Self.mostTurns {
            if try await catalog.fulfil(id) { return nil }
            // They were given up meanwhile, although they are paid for.
            switch try await reserve(item, request, turn: turn) {
            case .made(let next): id = next
            case .refused(let reason):
                return .refused(.fulfil, problem: "\(reason): \(item.productID) is paid for")
            }
        }
        return .refused(.fulfil, problem: "reservations of \(item.productID) keep ending")
    }

    /// The order was cancelled while its stock was still set aside: the catalogue takes it back.
    private func giveBack(
        _ request: CheckoutStarted, _ state: Checkout.State
    ) async throws -> Checkout.Outcome {
        _ = try await releaseStock(request, state)
        return .stockGivenBack
    }

    // MARK: Back

    private func releaseHold(
        _ request: CheckoutStarted, _ state: Checkout.State
    ) async throws -> Checkout.Outcome? {
        switch state.hold {
        case .none, .captured, .released: return nil
        case .placed(let id): return Self.outcome(try await wallet.release(id), of: id)
        case .unresolved:
            // Asking again with the same key tells what the lost answer said.
            guard let total = state.total else { return nil }
            switch try await wallet.hold(request, total) {
            case .made(let id): return Self.outcome(try await wallet.release(id), of: id)
            case .refused(let reason): return .holdGone(reason: reason)
            }
        }
    }

    private func releaseStock(
        _ request: CheckoutStarted, _ state: Checkout.State
    ) async throws -> Checkout.Outcome {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for item in request.items {
                switch state.stock[item.productID] ?? .none {
                case .none, .sold, .released: continue
                case .reserved(let id): group.addTask { try await catalog.release(id) }
                case .unresolved:
                    group.addTask {
                        if case .made(let id) = try await reserve(item, request, turn: 0) {
                            try await catalog.release(id)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        return .stockReleased
    }
}
