import{a as e}from"./rolldown-runtime-BWaJ3C7D.js";import{ar as t,n,or as r,r as i,t as a}from"./vendor-_Gsk7LE9.js";var o=i(),s=e(t(),1),c=r();function l({session:e,notice:t}){let[n,r]=(0,s.useState)(null),[i,a]=(0,s.useState)(!1);async function o(t){t.preventDefault();let n=new FormData(t.currentTarget);a(!0),r(null);try{await e.signIn(n.get(`email`),n.get(`password`))}catch(e){r(e.message),a(!1)}}return(0,c.jsxs)(`form`,{onSubmit:o,"aria-label":`Sign in`,children:[(0,c.jsx)(`span`,{role:`alert`,children:n??t}),(0,c.jsx)(`input`,{name:`email`,type:`email`,placeholder:`E-mail`,"aria-label":`E-mail`,autoComplete:`username`,required:!0}),(0,c.jsx)(`input`,{name:`password`,type:`password`,placeholder:`Password`,"aria-label":`Password`,autoComplete:`current-password`,required:!0}),(0,c.jsx)(`button`,{disabled:i,children:`Sign in`})]})}function u({session:e,onResetTabs:t}){let{email:n,token:r,notice:i}=(0,s.useSyncExternalStore)(e.subscribe,e.snapshot);return(0,c.jsxs)(`header`,{className:`bar`,children:[(0,c.jsx)(`strong`,{children:`Argosy`}),(0,c.jsx)(`button`,{type:`button`,onClick:t,title:`Close all tabs and open the ready ones again`,children:`Reset tabs`}),r?(0,c.jsxs)(`div`,{className:`who`,children:[(0,c.jsxs)(`span`,{children:[`Signed in as `,(0,c.jsx)(`b`,{children:n})]}),(0,c.jsx)(`button`,{type:`button`,onClick:()=>e.signOut(),children:`Sign out`})]}):(0,c.jsx)(l,{session:e,notice:i})]})}var d=document.getElementById(`argosy-playground`),{endpoint:f=`/graphql/`}=JSON.parse(d?.textContent??`{}`);async function p(e,t={}){let n=await fetch(f,{method:`POST`,headers:{...t,"Content-Type":`application/json`,Accept:`application/json`},body:JSON.stringify(e)}),r=await n.text();try{return JSON.parse(r)}catch{throw Error(`The server answered ${n.status} without JSON: ${r.slice(0,200)}`)}}var m=new Set([`ExpiredSignatureError`,`InvalidTokenError`,`InvalidSignatureError`]);function h(){let e=new Date;return e.setHours(0,0,0,0),e.toISOString().slice(0,10)}function g(e){return async(t,n)=>{let r=n?.headers??{},i=Object.keys(r).some(e=>/^authorization(-bearer)?$/i.test(e)),a=i?r:{...await e.headers(),...r},{query:o,operationName:s}=t,c=s&&!RegExp(`\\b${s}\\b`).test(o),l=await p({query:o,variables:/\$today\b/.test(o)?{today:h(),...t.variables}:t.variables,operationName:c?void 0:s},a);return!i&&l.errors?.some(e=>m.has(e.extensions?.exception?.code))&&e.tokenRefused(),l}}var _=`# Orders placed today, newest first.
# The page fills in $today: give it below for an earlier day.
query TodaysOrders($today: Date) {
  orders(
    first: 50
    filter: { created: { gte: $today } }
    sortBy: { field: CREATED_AT, direction: DESC }
  ) {
    totalCount
    edges {
      node {
        id
        number
        created
        status
        chargeStatus
        userEmail
        total {
          gross {
            amount
            currency
          }
        }
      }
    }
  }
}
`,v=`# One order with its lines, money and parcels.
# The id comes from TodaysOrders.
query OrderInFull($id: ID!) {
  order(id: $id) {
    id
    number
    created
    status
    chargeStatus
    authorizeStatus
    userEmail
    customerNote
    shippingMethodName
    shippingAddress {
      firstName
      lastName
      streetAddress1
      city
      postalCode
      country {
        code
      }
    }
    total {
      gross {
        amount
        currency
      }
    }
    lines {
      id
      productName
      variantName
      productSku
      quantity
      quantityToFulfill
      totalPrice {
        gross {
          amount
        }
      }
    }
    transactions {
      id
      name
      pspReference
      authorizedAmount {
        amount
      }
      chargedAmount {
        amount
      }
    }
    fulfillments {
      id
      status
      trackingNumber
      lines {
        quantity
        orderLine {
          id
        }
      }
    }
  }
}
`,y=`# Ship lines of an order and tell the customer.
# Line ids come from OrderInFull, warehouse ids from LowStock.
mutation FulfilOrder(
  $order: ID!
  $lines: [OrderFulfillLineInput!]!
) {
  orderFulfill(
    order: $order
    input: { lines: $lines, notifyCustomer: true }
  ) {
    order {
      number
      status
      fulfillments {
        id
        status
        trackingNumber
      }
    }
    errors {
      field
      code
      message
    }
  }
}
`,b=`# Money for an order has arrived: record how much,
# and the bank's reference.
mutation RecordBankTransfer(
  $order: ID!
  $reference: String!
  $amount: PositiveDecimal!
  $currency: String!
) {
  transactionCreate(
    id: $order
    transaction: {
      name: "Bank transfer"
      pspReference: $reference
      amountCharged: { amount: $amount, currency: $currency }
    }
  ) {
    transaction {
      id
      chargedAmount {
        amount
        currency
      }
    }
    errors {
      field
      code
      message
    }
  }
}
`,x=`# The whole of an order was paid outside the shop: no amount to type.
mutation MarkOrderAsPaid(
  $order: ID!
  $reference: String
) {
  orderMarkAsPaid(id: $order, transactionReference: $reference) {
    order {
      number
      chargeStatus
    }
    errors {
      field
      code
      message
    }
  }
}
`,S=`# Support tickets that wait for an answer.
query OpenTickets {
  tickets(first: 50, filter: { status: OPEN }) {
    edges {
      node {
        id
        number
        subject
        status
        priority
        assignee {
          email
        }
      }
    }
  }
}
`,C=`# Reply to a ticket. With internal: true only staff see it.
mutation AnswerTicket(
  $id: ID!
  $body: String!
  $internal: Boolean
) {
  ticketReply(
    id: $id
    input: { body: $body, internal: $internal }
  ) {
    ticket {
      number
      status
    }
    errors {
      field
      code
      message
    }
  }
}
`,w=`# The customer is helped: close the conversation.
mutation ResolveTicket($id: ID!) {
  ticketResolve(id: $id) {
    ticket {
      number
      status
    }
    errors {
      field
      code
      message
    }
  }
}
`,T=`# Products of which some warehouse holds this many or fewer.
query LowStock($atMost: Int!) {
  products(
    first: 50
    filter: { stocks: { quantity: { lte: $atMost } } }
  ) {
    edges {
      node {
        id
        name
        productVariants(first: 20) {
          edges {
            node {
              id
              sku
              stocks {
                quantity
                quantityAllocated
                warehouse {
                  id
                  name
                }
              }
            }
          }
        }
      }
    }
  }
}
`,E=`# Set what a warehouse holds of one variant, after a count.
# Ids come from LowStock.
mutation SetStock(
  $variant: ID!
  $stocks: [StockInput!]!
) {
  productVariantStocksUpdate(
    variantId: $variant
    stocks: $stocks
  ) {
    productVariant {
      sku
      stocks {
        quantity
        quantityAllocated
        warehouse {
          name
        }
      }
    }
    errors {
      field
      code
      message
    }
  }
}
`,D=`# Who is signed in here, and what that person may do.
query WhoAmI {
  me {
    email
    firstName
    lastName
    isStaff
    userPermissions {
      code
      name
    }
  }
}
`,O=`{
  "id": ""
}
`,k=`{
  "order": "",
  "lines": [
    {
      "orderLineId": "",
      "stocks": [
        { "warehouse": "", "quantity": 1 }
      ]
    }
  ]
}
`,A=`{
  "order": "",
  "reference": "",
  "amount": 10.00,
  "currency": "USD"
}
`,j=`{
  "order": "",
  "reference": ""
}
`,M=`{
  "id": "",
  "body": "",
  "internal": false
}
`,N=`{
  "id": ""
}
`,P=`{
  "atMost": 5
}
`,F=`{
  "variant": "",
  "stocks": [
    { "warehouse": "", "quantity": 0 }
  ]
}
`,I=Object.assign({"./jobs/01-todays-orders.graphql":_,"./jobs/02-order-in-full.graphql":v,"./jobs/03-fulfil-order.graphql":y,"./jobs/04-record-bank-transfer.graphql":b,"./jobs/05-mark-order-as-paid.graphql":x,"./jobs/06-open-tickets.graphql":S,"./jobs/07-answer-ticket.graphql":C,"./jobs/08-resolve-ticket.graphql":w,"./jobs/09-low-stock.graphql":T,"./jobs/10-set-stock.graphql":E,"./jobs/11-who-am-i.graphql":D}),L=Object.assign({"./jobs/02-order-in-full.json":O,"./jobs/03-fulfil-order.json":k,"./jobs/04-record-bank-transfer.json":A,"./jobs/05-mark-order-as-paid.json":j,"./jobs/07-answer-ticket.json":M,"./jobs/08-resolve-ticket.json":N,"./jobs/09-low-stock.json":P,"./jobs/10-set-stock.json":F}),ee=Object.keys(I).sort().map(e=>({query:I[e],variables:L[e.replace(/graphql$/,`json`)]??null})),R=`argosy-playground-session`,z=3e4,B={email:null,token:null,refreshToken:null,refreshAt:0,notice:null},V=`mutation SignIn($email: String!, $password: String!) {
  tokenCreate(email: $email, password: $password) { token refreshToken errors { field message code } }
}`,H=`mutation Refresh($refreshToken: String!) {
  tokenRefresh(refreshToken: $refreshToken) { token errors { field message code } }
}`,U=class extends Error{};async function W(e,t,n){let r=await p({query:e,variables:t}),i=r.data?.[n],a=e=>e.map(e=>e.message).join(` `);if(i?.errors?.length)throw new U(a(i.errors));if(!i?.token)throw Error(a(r.errors??[])||`The server gave no token.`);return i}function G(e){try{let t=JSON.parse(atob(e.split(`.`)[1].replaceAll(`-`,`+`).replaceAll(`_`,`/`))),n=(t.exp-t.iat)*1e3;if(n>0)return Date.now()+Math.max(n-z,n/2)}catch{}return 1/0}var K=class{#e=B;#t=new Set;#n=null;constructor(){try{let e=JSON.parse(sessionStorage.getItem(R));e?.token&&(this.#e={...B,...e,refreshAt:e.refreshAt??1/0})}catch{sessionStorage.removeItem(R)}}snapshot=()=>this.#e;subscribe=e=>(this.#t.add(e),()=>this.#t.delete(e));async signIn(e,t){let{token:n,refreshToken:r}=await W(V,{email:e,password:t},`tokenCreate`);this.#i({...B,email:e,token:n,refreshToken:r,refreshAt:G(n)})}signOut(e=null){this.#i({...B,notice:e})}async headers(){return this.#e.token&&Date.now()>=this.#e.refreshAt&&(this.#n??=this.#r().finally(()=>this.#n=null),await this.#n),this.#e.token?{Authorization:`Bearer ${this.#e.token}`}:{}}tokenRefused(){this.#e.token&&this.#i({...this.#e,refreshAt:0})}async#r(){let{refreshToken:e}=this.#e;try{let{token:t}=await W(H,{refreshToken:e},`tokenRefresh`);this.#e.refreshToken===e&&this.#i({...this.#e,token:t,refreshAt:G(t)})}catch(t){if(!(t instanceof U))throw t;this.#e.refreshToken===e&&this.signOut(`Your session has ended. Sign in again.`)}}#i(e){if(this.#e=e,e.token){let{email:t,token:n,refreshToken:r,refreshAt:i}=e;sessionStorage.setItem(R,JSON.stringify({email:t,token:n,refreshToken:r,refreshAt:i}))}else sessionStorage.removeItem(R);for(let e of this.#t)e()}},q=`argosy-playground:`,J=`${q}527b79822578:`;function Y(){let e=e=>Object.keys(localStorage).filter(t=>t.startsWith(e));for(let t of e(q))t.startsWith(J)||localStorage.removeItem(t);return{getItem:e=>localStorage.getItem(J+e),setItem:(e,t)=>localStorage.setItem(J+e,t),removeItem:e=>localStorage.removeItem(J+e),clear:()=>e(J).forEach(e=>localStorage.removeItem(e)),get length(){return e(J).length}}}var X=new K,Z=Y(),Q=g(X),$=[n()];function te(){Z.clear(),location.reload()}(0,o.createRoot)(document.getElementById(`root`)).render((0,c.jsxs)(c.Fragment,{children:[(0,c.jsx)(u,{session:X,onResetTabs:te}),(0,c.jsx)(a,{fetcher:Q,storage:Z,plugins:$,defaultTabs:ee,defaultQuery:``,defaultEditorToolsVisibility:`variables`,shouldPersistHeaders:!1,children:(0,c.jsx)(a.Logo,{children:(0,c.jsx)(`span`,{})})})]}));