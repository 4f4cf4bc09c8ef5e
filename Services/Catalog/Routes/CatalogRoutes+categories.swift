internal import Database
internal import EventStore
internal import EventTypes
internal import ServiceKit

extension CatalogRoutes {
    private static let projection = [CategoriesProjection.title]

    var categories: RouteTable {
        var routes = RouteTable(tag: "categories")
        routes.post(
            "/api/v1/categories", "Create a category", id: "createCategory",
            access: Self.writers, problems: [.alreadyTaken], waitsFor: Self.projection
        ) { (call: Call<CreateCategory>) -> Reply<CategoryView> in
            let done = try await commands.create(call.body, call.command)
            return .created(done, location: "/api/v1/categories/\(done.result.id)")
                .etag(done.result.version)
        }
        routes.get(
            "/api/v1/categories", "List the categories", id: "listCategories", access: .open,
            parameters: [
                .query("parent_id", CategoryID.self, "Only those directly under this one.")
            ], waitsFor: Self.projection
        ) { call -> Reply<Page<CategoryView>> in
            let parent = try call.query("parent_id", as: CategoryID.self)
            return .ok(
                try await queries.page(
                    "category", CategoryView.columns, of: CategoryTag.self,
                    where: parent.map { ["parent_id = \($0)"] } ?? [], call.page,
                    CategoryView.init))
        }
        routes.get(
            "/api/v1/categories/{id}", "Show a category", id: "getCategory", access: .open,
            parameters: [.path("id", CategoryID.self, "The category.")],
            waitsFor: Self.projection
        ) { call -> Reply<CategoryView> in
            let view = try await queries.one(
                "category", CategoryView.columns, call.path("id", as: CategoryID.self),
                CategoryView.init)
            return .ok(view).etag(view.version)
        }
        return routes
    }
}
