// The operations of device orders as the GraphQL clients here send them.
export const INPUT = 'OrderDeviceInput!'
export const ORDER = `mutation Place($input: ${INPUT}) {
  orderDevice(input: $input) { order { orderId orderStatus } ordersForUser { orderId } }
}`
export const LIST = `query List($input: OrdersForUserInput!) {
  ordersForUser(input: $input) { orders { orderId orderStatus } }
}`
export const CANCEL = `mutation Cancel($input: CancelOrderInput!) {
  cancelOrder(input: $input) { orderId orderStatus }
}`

export const input = (externalUserId) => ({
  recipient: {
    firstName: 'Ola', lastName: 'Nordmann', email: 'ola@nordmann.example', phoneNumber: '99999999', externalUserId,
    postalAddress: { addressLine1: 'Storgata 1', addressLine2: null, city: 'OSLO', postalCode: '0186', country: 'NO' },
  },
  subscriptionType: 'PERSONAL', type: 'HAN_LTEM', webhookCallbackUrl: null,
})
