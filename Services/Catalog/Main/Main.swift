internal import CatalogService
internal import ServiceKit

@main struct Main {
    static func main() { ServiceMain.run(CatalogService.self) }
}
