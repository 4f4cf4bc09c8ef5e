internal import OrderService
internal import ServiceKit

@main struct Main {
    static func main() { ServiceMain.run(OrderService.self) }
}
