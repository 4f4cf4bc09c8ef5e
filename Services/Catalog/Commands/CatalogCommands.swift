internal import EventStore
internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit

/// Everything that changes the catalogue; each as one unit of work.
struct CatalogCommands: Sendable {
    let store: any EventStore
    let ids: any IdentifierGenerator
    let clock: any WallClock

    init(_ context: ServiceContext) {
        store = context.store
        ids = context.ids
        clock = context.clock
    }

    /// - Throws: `Problem` 422 at `pointer` when there is no such shop.
    static func requireMerchant(
        _ id: MerchantID, _ pointer: String, in unit: UnitOfWork
    ) async throws {
        guard try await unit.load(Merchant.self, id).merchantID != nil else {
            throw Problem.bodyFault(pointer, "is no merchant")
        }
    }

    /// - Throws: `Problem` 422 at `pointer` when there is no such category.
    static func requireCategory(
        _ id: CategoryID?, _ pointer: String, in unit: UnitOfWork
    ) async throws {
        guard let id else { return }
        guard try await unit.load(Category.self, id).categoryID != nil else {
            throw Problem.bodyFault(pointer, "is no category")
        }
    }
}

extension UnitOfWork {
    /// Requires the version that the client saw, where it named one.
    func expect(_ stream: StreamID, _ version: Int64?) {
        if let version { expect(stream, version: version) }
    }
}

/// What is there after a command.
///
/// - Throws: `Problem` 404 where nothing is.
func found<View>(_ view: View?) throws -> View {
    guard let view else { throw ProblemSlug.notFound.problem() }
    return view
}
