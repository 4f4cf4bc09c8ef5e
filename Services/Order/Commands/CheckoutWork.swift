internal import EventTypes
internal import Runtime
internal import ServiceKit

/// Makes the steps of a checkout: asks the neighbours, and says what came of it. Writes nothing.
struct CheckoutWork: Sendable {
    let catalog: CatalogPort
    let wallet: WalletPort

    /// - Parameters:
    ///   - isFirst: whether nobody can have tried this step before.
    ///   - isCancelled: whether the order was cancelled since it was paid.
    func make(
        _ step: CheckoutStep, _ state: Checkout.State, isFirst: Bool, isCancelled: Bool
    ) async -> Checkout.Outcome? {
        guard let request = state.request,
            var task = CheckoutTask(step, state, isFirst: isFirst, isCancelled: isCancelled)
        else { return nil }
        return await withTaskGroup(
            of: (CheckoutTask.Question, CheckoutTask.Answer?).self
        ) { group in
            while true {
                for question in task.next() {
                    group.addTask { (question, await answer(question.ask, request)) }
                }
                if let outcome = task.outcome {
                    group.cancelAll()
                    return outcome
                }
                guard let (question, answer) = await group.next(), let answer else {
                    group.cancelAll()
                    return nil
                }
                task.answer(question, answer)
            }
        }
    }

    /// At most 200 characters, for people.
    static func text(_ error: NeighbourError) -> String {
        let name = error.slug ?? "\(error.code)"
        return String(
            "\(error.neighbour): \(name) \(error.status.map { "(\($0))" } ?? "")".prefix(200))
    }

    /// - Returns: nil when it was not asked to the end because the program stops.
    private func answer(
        _ ask: CheckoutTask.Ask, _ request: CheckoutStarted
    ) async -> CheckoutTask.Answer? {
        do {
            switch ask {
            case .products(let ids): return .products(try await catalog.products(ids))
            case .reserve(let item, let turn):
                return .reserved(
                    try await catalog.reserve(
                        item, for: request.orderID, seconds: request.holdSeconds,
                        key: CheckoutNames.reserveKey(
                            request.checkoutID, item.productID, turn: turn)))
            case .fulfil(let id): return .fulfilled(try await catalog.fulfil(id))
            case .releaseStock(let id):
                try await catalog.release(id)
                return .stockReleased
            case .hold(let total): return .held(try await wallet.hold(request, total))
            case .capture(let id, let total): return .ended(try await wallet.capture(id, total))
            case .releaseHold(let id): return .ended(try await wallet.release(id))
            }
        } catch let error as NeighbourError {
            let problem = Self.text(error)
            return error.isRefusal ? .refused(problem: problem) : .lost(problem: problem)
        } catch {
            if case .reserve = ask { return .lost(problem: "\(error)") }
            return nil
        }
    }
}
